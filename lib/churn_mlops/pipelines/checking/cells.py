"""A notebook's cells as text and as syntax trees; read as the JSON they are, which takes milliseconds."""

import ast
import json
import re
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_PYTHON_MAGICS = ("capture", "time", "timeit", "prun")  # of a whole cell, below which stands Python
_MAGIC_LINE = re.compile(r"^(\s*)(?:([\w, ]+)=\s*)?[%!]")
_HELP_LINE = re.compile(r"^(\s*)\??\S+\?{1,2}\s*$")
_BRINGS_NAMES = re.compile(r"^\s*%(run|pylab|store|load)\b", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One cell: `number` counts code cells from 1 and is None for prose."""

    number: int | None
    source: str
    tags: tuple[str, ...] = ()
    has_output: bool = False

    @cached_property
    def _parsed(self) -> tuple[ast.Module | None, str]:
        return _parse(self.source)

    @property
    def tree(self) -> ast.Module:
        """The syntax tree, with IPython's own lines left out; empty where the cell is not Python."""
        return self._parsed[0] or ast.Module([], [])

    @property
    def problem(self) -> str:
        """Why the cell is not Python, or nothing."""
        return self._parsed[1]

    @property
    def brings_names(self) -> bool:
        """Whether a magic defines names that cannot be known without running it."""
        return bool(_BRINGS_NAMES.search(self.source))

    @property
    def lines(self) -> int:
        """How long the cell is."""
        return len(self.source.splitlines())


@dataclass(frozen=True)
class Notebook:
    """A notebook, read: its path and its cells in order."""

    path: Path
    cells: list[Cell] = field(default_factory=list)

    @property
    def code(self) -> list[Cell]:
        """The code cells."""
        return [cell for cell in self.cells if cell.number]

    @property
    def prose(self) -> list[Cell]:
        """The other cells."""
        return [cell for cell in self.cells if not cell.number]

    @property
    def parameters(self) -> list[Cell]:
        """The cells tagged as the stage's parameters; there should be one."""
        return [cell for cell in self.code if "parameters" in cell.tags]

    @property
    def digits(self) -> str:
        """The number in the file's name; a template counts as 00."""
        found = re.match(r"\d+", self.path.stem)
        return found[0] if found else "00"


def read_notebook(path: Path) -> Notebook:
    """Read a notebook; raises ValueError where the file is not the JSON of one."""
    cells, number = [], 0
    try:
        for raw in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            is_code = raw["cell_type"] == "code"
            number += is_code
            output = bool(is_code and (raw.get("outputs") or raw.get("execution_count") is not None))
            tags = tuple(raw.get("metadata", {}).get("tags", ()))
            cells.append(Cell(number if is_code else None, "".join(raw["source"]), tags, output))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None
    return Notebook(path, cells)


def _parse(source: str) -> tuple[ast.Module | None, str]:
    try:
        return _compile(source), ""
    except (SyntaxError, ValueError):
        pass
    try:
        return _compile(_without_magics(source)), ""
    except SyntaxError as error:
        return None, f"line {error.lineno}: {error.msg}"
    except ValueError as error:
        return None, str(error)


def _compile(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(source, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)  # finds a stray return too
    return parse_quietly(source)


def parse_quietly(source: str) -> ast.Module:
    """The syntax tree, without Python's warnings about what it reads; raises SyntaxError or ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _without_magics(source: str) -> str:
    """What is left for Python: a magic that gives a name its value becomes `name = None`, another one `pass`."""
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        magic, *words = re.findall(r"\w+", first)
        named = "".join(f"{word} = None\n" for word in words if word.isidentifier())
        return named + (_without_magics(rest) if magic in _PYTHON_MAGICS else "")
    return "\n".join(map(_without_magic, source.splitlines()))


def _without_magic(line: str) -> str:
    if found := _MAGIC_LINE.match(line):
        return found[1] + (f"{found[2].strip()} = None" if found[2] else "pass")
    return _HELP_LINE.sub(r"\1pass", line)
