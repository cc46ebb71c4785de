"""The modules of the project that code imports, followed through to those that they import, each with its digest."""

import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from churn_mlops.archive.remembered import Remembered


class _Place(NamedTuple):
    """Where a dotted name leads: the files that importing it executes, and the folders that hold what is below it."""

    files: tuple[tuple[str, str, str], ...]  # dotted name, path below its folder, path
    inside: tuple[str, ...]


class Modules:
    """The project's modules: those found in one of `folders`, which come in the order of `sys.path`."""

    def __init__(self, folders: Iterable[Path], remembered: Remembered):
        self.top, self.remembered = _Place((), tuple(map(str, folders))), remembered
        self.found: dict[str, _Place] = {}  # what the disk was asked already

    def closure(self, names: Iterable[str]) -> tuple[dict[str, str], set[str]]:
        """Digests of all project files behind these imports (path below its folder -> digest), and other names.

        The other names are dotted, as they are imported: those of installed packages, `sklearn.metrics.roc_auc_score`.
        """
        digests: dict[str, str] = {}
        outside: set[str] = set()
        open_ = [name.lstrip(".") for name in names]
        seen = set()
        while open_:
            name = open_.pop()
            if name in seen or not name:
                continue
            seen.add(name)
            first = name.split(".")[0]
            if not self._place(first).files and first not in sys.stdlib_module_names:
                outside.add(name)
            for module, label, path in self._place(name).files:
                if label not in digests:
                    facts = self.remembered[path]
                    digests[label] = facts["digest"]
                    open_ += [_absolute(other, module, label) for other in facts["imports"]]
        return digests, outside

    def _place(self, name: str) -> _Place:
        """Look a name up as Python does: a package, else a module, else a folder without `__init__.py`."""
        if name not in self.found:
            outer, _, last = name.rpartition(".")
            self.found[name] = _look(name, last, self._place(outer) if outer else self.top)
        return self.found[name]


def _look(name: str, last: str, above: _Place) -> _Place:
    portions, below = [], name.replace(".", "/")
    for folder in above.inside:
        for label, path in (
            (f"{below}/__init__.py", f"{folder}/{last}/__init__.py"),
            (f"{below}.py", f"{folder}/{last}.py"),
        ):
            if os.path.isfile(path):  # noqa: PTH113 a thousand of these in each run
                inside = (f"{folder}/{last}",) if path.endswith("/__init__.py") else ()
                return _Place((*above.files, (name, label, path)), inside)
        if os.path.isdir(f"{folder}/{last}"):  # noqa: PTH112
            portions.append(f"{folder}/{last}")
    return _Place(above.files, tuple(portions))


def _absolute(name: str, module: str, label: str) -> str:
    """A relative import as seen from outside: `..x.y` in `a.b.c` is `a.x.y`."""
    bare = name.lstrip(".")
    dots = len(name) - len(bare)
    if not dots:
        return name
    package = module.split(".") if label.endswith("__init__.py") else module.split(".")[:-1]
    return ".".join([*package[: max(0, len(package) - (dots - 1))], bare])


def source_folders(notebooks: Path, root: Path) -> list[Path]:
    """Where imports are looked for before installed packages: beside the notebook, on `sys.path`, in the project."""
    standard = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")}
    others = [Path(entry).resolve() for entry in sys.path if entry and Path(entry).is_dir()]
    own = [
        path
        for path in others
        if not {"site-packages", "dist-packages"} & set(path.parts) and not standard & {path, *path.parents}
    ]
    return list(dict.fromkeys([notebooks.resolve(), *(path for path in own if path != root.resolve()), root.resolve()]))
