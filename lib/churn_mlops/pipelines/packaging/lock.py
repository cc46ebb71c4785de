"""The lock of what runs: of the project's own, only what the library and some extras need, with the hashes it has."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from churn_mlops.errors import ConfigError

PYTHONS = ("3.11", "3.12", "3.13")  # that the image may have


def trimmed_lock(root: Path, extras: tuple[str, ...]) -> str:
    """The lines of requirements.lock that an install with these extras needs, without what tests and JupyterLab need.

    What each package needs is read from those installed here. Raises ConfigError where the lock lacks one.
    """
    blocks = _blocks((root / "requirements.lock").read_text(encoding="utf-8"))
    wanted = _needed(_own(root, extras))
    if lacking := sorted(name for name in _own_names(root, extras) if name not in blocks):
        raise ConfigError(f"requirements.lock: lacks {', '.join(lacking)}. Cure: make lock.")
    return "".join(text for name, text in blocks.items() if name in wanted)


def _blocks(text: str) -> dict[str, str]:
    """The lock by package: its line with the version, and the hashes below it. Several versions stand together."""
    found: dict[str, str] = {}
    for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]:
        name = _plain(re.match(r"[A-Za-z0-9._-]+", block)[0])
        found[name] = found.get(name, "") + block
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _own(root: Path, extras: tuple[str, ...]) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project.get("optional-dependencies", {})
    return [*project["dependencies"], *(line for extra in extras for line in optional.get(extra, ()))]


def _own_names(root: Path, extras: tuple[str, ...]) -> set[str]:
    from packaging.requirements import Requirement

    return {_plain(Requirement(line).name) for line in _own(root, extras)}


def _needed(lines: list[str]) -> set[str]:
    """The packages that these requirements lead to, on Linux, in any of the Pythons."""
    from packaging.requirements import Requirement

    waiting, seen = [Requirement(line) for line in lines], set()
    while waiting:
        requirement = waiting.pop()
        key = (_plain(requirement.name), frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            waiting += [other for other in _requirements(key[0]) if _applies(other, requirement.extras)]
    return {name for name, _ in seen}


def _requirements(name: str) -> list:
    from packaging.requirements import Requirement

    try:
        return [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:  # for another Python than this one
        return []


def _applies(requirement, extras: set[str]) -> bool:
    marker, linux = requirement.marker, {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    return marker is None or any(
        marker.evaluate({**linux, "python_version": python, "python_full_version": f"{python}.9", "extra": extra})
        for python in PYTHONS
        for extra in (*extras, "")
    )
