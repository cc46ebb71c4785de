"""The installed packages behind import names, with those that they need, and their versions."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from churn_mlops.archive.digest import digest_json
from churn_mlops.archive.remembered import read_store, write_store

# Extras that no import uses. The others count where what they name is installed: `ibis` loads DuckDB when first asked.
_FOR_DEVELOPERS = re.compile(r"all|dev.*|.*test.*|docs?|lint.*|typing|types?|mypy|build.*|examples?|benchmark.*")


class Packages:
    """The environment's packages. Reading their metadata takes half a second, so it is kept until one changes."""

    def __init__(self, store: Path):
        installed = digest_json([sys.prefix, *_installed()])
        self.known = read_store(store)
        if self.known.get("installed") != installed:
            self.known = {"installed": installed, **_describe()}
            write_store(store, self.known)

    def versions(self, names: Iterable[str]) -> dict[str, str]:
        """Name -> version of every package that the imports need; what Python itself brings is left out."""
        open_ = [package for name in names for package in self.known["provides"].get(name, ())]
        found: dict[str, str] = {}
        while open_:
            name = open_.pop()
            package = self.known["packages"].get(name)
            if package and name not in found:
                found[name] = package["version"]
                open_ += package["needs"]
        return dict(sorted(found.items()))


def _installed() -> list[str]:
    """The names of the metadata folders, which hold name and version of each package."""
    folders = [Path(entry or ".") for entry in dict.fromkeys(sys.path)]
    return [
        name
        for folder in folders
        if folder.is_dir()
        for name in sorted(entry.name for entry in folder.iterdir())
        if name.endswith((".dist-info", ".egg-info"))
    ]


def _describe() -> dict:
    from importlib import metadata

    provides: dict[str, set] = {}
    packages: dict[str, dict] = {}
    for distribution in metadata.MetadataPathFinder.find_distributions():  # the first of a name is the imported one
        name = _plain((distribution.metadata or {}).get("Name") or "")
        for top in _modules(distribution) if name else ():
            provides.setdefault(top, set()).add(name)
        if name and name not in packages:
            needs = sorted({need for text in distribution.requires or () for need in _needed(text)})
            packages[name] = {"version": distribution.version, "needs": needs}
    return {"provides": {top: sorted(names) for top, names in provides.items()}, "packages": packages}


def _modules(distribution) -> set[str]:
    """The modules that a package lets one import: as it says, else by its files."""
    declared = (distribution.read_text("top_level.txt") or "").split()
    code = [file for file in distribution.files or () if file.suffix in (".py", ".so", ".pyd")] if not declared else []
    return {*declared, *(file.parts[0] if len(file.parts) > 1 else file.name.split(".")[0] for file in code)}


def _needed(requirement: str) -> list[str]:
    """The package that a requirement names, or nothing where only its developers need it."""
    name, extra = re.match(r"\s*([\w.-]+)", requirement), re.search(r"extra\s*==\s*['\"]([^'\"]+)", requirement)
    if not name or (extra and _FOR_DEVELOPERS.fullmatch(extra[1])):
        return []
    return [_plain(name[1])]


def _plain(name: str) -> str:
    """A package's name as metadata compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
