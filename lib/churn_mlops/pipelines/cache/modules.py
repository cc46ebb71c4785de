"""The modules of the project that code imports, followed through to those that they import, each with its digest.

Comments and layout do not count: the digest is that of the syntax tree. What is imported by a computed name cannot be
seen here; the watch in the kernel reports it.
"""

import ast
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from churn_mlops.archive.remembered import Remembered


def digest_code(source: str) -> str:
    """Digest of what a piece of Python does; of its text where it is not plain Python (a magic, a mistake)."""
    try:
        source = ast.dump(ast.parse(source))
    except SyntaxError:
        source = f"not parsed: {source}"
    return hashlib.sha256(source.encode()).hexdigest()


def imported_names(source: str) -> list[str]:
    """Dotted names that the code imports anywhere; `from a import b` gives `a.b`, relative ones begin with dots."""
    found = set()
    try:
        nodes = ast.walk(ast.parse(source))
    except SyntaxError:
        return []
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names}
    return sorted(found)


def describe_module(path: Path) -> dict:
    """What `Remembered` keeps of a source file: its digest, and what it imports."""
    source = path.read_text(encoding="utf-8")
    return {"digest": digest_code(source), "imports": imported_names(source)}


class Modules:
    """The project's modules: those found in one of `folders`, which come in the order of `sys.path`."""

    def __init__(self, folders: Iterable[Path], remembered: Remembered):
        self.folders, self.remembered = tuple(map(str, folders)), remembered
        self.found: dict[str, list] = {}  # what the disk was asked already

    def closure(self, names: Iterable[str]) -> tuple[dict[str, str], set[str]]:
        """Digests of all project files behind these imports (path below its folder -> digest), and other top names."""
        digests: dict[str, str] = {}
        outside: set[str] = set()
        open_ = list(names)
        seen = set()
        while open_:
            name = open_.pop()
            if name in seen:
                continue
            seen.add(name)
            files = self._files(name)
            if not files and name.split(".")[0] not in sys.stdlib_module_names:
                outside.add(name.split(".")[0])
            for module, label, path in files:
                if label not in digests:
                    facts = self.remembered[path]
                    digests[label] = facts["digest"]
                    open_ += [_absolute(other, module, label) for other in facts["imports"]]
        return digests, outside

    def _files(self, name: str) -> list[tuple[str, str, str]]:
        """The files that importing a dotted name executes: each package on the way, and the module, if it is one.

        Each as dotted name, path below its folder, and path.
        """
        if name not in self.found:
            outer = name.rpartition(".")[0]
            above = self._files(outer) if outer else []
            self.found[name] = above if outer and not above else above + self._own(name, above)
        return self.found[name]

    def _own(self, name: str, above: list) -> list[tuple[str, str, str]]:
        """The file of the last part of a name, in the package above it or, for a first part, in one of the folders."""
        if above and not above[-1][1].endswith("__init__.py"):
            return []  # the name of something within a module
        relative = name.replace(".", "/")
        for folder in self.folders:
            if above and not above[-1][2].startswith(folder + "/"):
                continue
            for label in (f"{relative}/__init__.py", f"{relative}.py"):
                if os.path.isfile(f"{folder}/{label}"):
                    return [(name, label, f"{folder}/{label}")]
        return []


def _absolute(name: str, module: str, label: str) -> str:
    """A relative import as seen from outside: `..x.y` in `a.b.c` is `a.x.y`."""
    dots = len(name) - len(name.lstrip("."))
    if not dots or name[0] != ".":
        return name
    package = module.split(".") if label.endswith("__init__.py") else module.split(".")[:-1]
    base = package[: len(package) - (dots - 1)]
    return ".".join([*base, name.lstrip(".")])
