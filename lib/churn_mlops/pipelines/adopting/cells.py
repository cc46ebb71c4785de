"""The Python in a cell, without what only IPython understands, and what was left out of it."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property

from churn_mlops.pipelines.checking.cells import parse_quietly

_PYTHON_BELOW = ("time", "timeit", "capture", "prun")  # magics of a whole cell, below which stands Python
_BEFORE_PYTHON = re.compile(r"^(\s*)%(?:time|timeit|prun)\s+(?!-)(?=\S)")
_NOT_PYTHON = re.compile(r"^\s*(?:[\w, ]+=\s*)?[%!]|^\s*(?:\?{1,2}[\w.]+|[\w.]+\?{1,2})\s*$")


@dataclass(frozen=True)
class Code:
    """A code cell: its number (from 1), its source, and when in the session it was run."""

    number: int
    source: str
    count: int | None = None

    @cached_property
    def _read(self) -> tuple[str, tuple[str, ...], ast.Module | None, str]:
        tree, problem = _parse(self.source)
        if tree is not None:
            return self.source, (), tree, ""
        text, left_out = without_magics(self.source)
        tree, problem = _parse(text)
        return text, tuple(left_out), tree, problem

    @property
    def python(self) -> str:
        """The source without magics; what `tree` was made of."""
        return self._read[0]

    @property
    def magics(self) -> tuple[str, ...]:
        """The lines that only IPython understands; of a cell in another language its first."""
        return self._read[1]

    @property
    def tree(self) -> ast.Module:
        """The syntax tree; empty where the cell is not Python."""
        return self._read[2] or ast.Module([], [])

    @property
    def problem(self) -> str:
        """Why it is not Python, or nothing."""
        return self._read[3]


def without_magics(source: str) -> tuple[str, list[str]]:
    """A cell's Python, and the lines that were left out of it."""
    lines = source.splitlines()
    first = lines[0].strip() if lines else ""
    if first.startswith("%%"):
        if re.match(r"%%(\w+)", first) and re.match(r"%%(\w+)", first)[1] in _PYTHON_BELOW:
            text, left_out = without_magics("\n".join(lines[1:]))
            return text, [first, *left_out]
        return "", [first]
    kept = [_BEFORE_PYTHON.sub(r"\1", line) for line in lines]
    left_out = [line.strip() for line in kept if _NOT_PYTHON.match(line)]
    return "\n".join(_instead(line) if _NOT_PYTHON.match(line) else line for line in kept), left_out


def _instead(line: str) -> str:
    """Nothing at the top; in a block something has to stand there."""
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if indent else ""


def _parse(source: str) -> tuple[ast.Module | None, str]:
    try:
        return parse_quietly(source), ""
    except SyntaxError as error:
        return None, f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return None, f"{type(error).__name__}: {error}"
