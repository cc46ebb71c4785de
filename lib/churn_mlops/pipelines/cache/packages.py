"""The installed packages behind import names, with those that they need, and their versions."""

import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from churn_mlops.archive.digest import digest_json


class Packages:
    """The environment's packages. Reading their metadata takes half a second, so it is kept until one changes."""

    def __init__(self, store: Path):
        self.store = Path(store)
        self.installed = digest_json([sys.prefix, *_installed()])
        self.known = self._read()

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

    def _read(self) -> dict:
        try:
            known = json.loads(self.store.read_text(encoding="utf-8"))
            if known["installed"] == self.installed:
                return known
        except (OSError, ValueError, KeyError):
            pass
        known = {"installed": self.installed, **_describe()}
        self.store.parent.mkdir(parents=True, exist_ok=True)
        beside = self.store.with_name(f".{self.store.name}.{os.getpid()}")
        beside.write_text(json.dumps(known), encoding="utf-8")
        beside.replace(self.store)
        return known


def _installed() -> list[str]:
    """The names of the metadata folders, which hold name and version of each package."""
    folders = [Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
    return sorted(
        entry.name
        for folder in folders
        if folder.is_dir()
        for entry in os.scandir(folder)
        if entry.name.endswith((".dist-info", ".egg-info"))
    )


def _describe() -> dict:
    from importlib import metadata

    provides = metadata.packages_distributions()
    packages = {}
    for distribution in metadata.distributions():
        name = _plain(distribution.metadata["Name"])
        needs = [
            _plain(re.match(r"[\w.-]+", need)[0]) for need in distribution.requires or () if "extra ==" not in need
        ]
        packages[name] = {"version": distribution.version, "needs": needs}
    return {
        "provides": {top: [_plain(name) for name in names] for top, names in provides.items()},
        "packages": packages,
    }


def _plain(name: str) -> str:
    """A package's name as metadata compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
