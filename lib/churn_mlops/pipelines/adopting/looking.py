"""What is to be known of a notebook before anybody trusts it: order, paths, installs, magics, secrets."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from churn_mlops.archive.secrets import Redactor, Secret, find_secrets, is_secret_name, worth_hiding
from churn_mlops.pipelines.adopting.reading import Source, when
from churn_mlops.pipelines.adopting.uses import READS, WRITES, Use, find_uses

_INSTALLS = re.compile(r"\b(?:pip3?|conda|mamba|uv pip)\s+install\s+([^\n;&|#]+)")
_ABSOLUTE = re.compile(r"(?:~?/[\w.-]+/|[A-Za-z]:[\\/]|\\\\\w)")


def describe(source: Source, files: set[str], redactor: Redactor) -> dict:
    """One notebook as JSON values; `files` are the names in the folder."""
    uses = find_uses(source.code)
    return {
        "name": source.name,
        "modified": when(source.file.modified),
        "problem": source.problem,
        "remark": source.remark,
        "cells": len(source.code),
        READS: [_use(use, files) for use in uses if use.action == READS and use.path is not None],
        WRITES: [_use(use, files) for use in uses if use.action == WRITES and use.path is not None],
        "untold": [f"cell {use.cell}: {use.call}({redactor.text(ast.unparse(use.node))[:80]})" for use in untold(uses)],
        "out_of_order": out_of_order(source),
        "never_run": never_run(source),
        "not_python": [f"cell {cell.number}: {cell.problem}" for cell in source.code if cell.problem],
        "absolute_paths": [f"cell {number}: {redactor.text(path)}" for number, path in absolute_paths(source)],
        "installs": installs(source),
        "magics": [f"cell {cell.number}: {redactor.text(line)}" for cell in source.code for line in cell.magics],
        "secrets": secrets(source, redactor),
    }


def untold(uses: list[Use]) -> list[Use]:
    """The uses whose path only a run could tell."""
    return [use for use in uses if use.path is None]


def _use(use: Use, files: set[str]) -> dict:
    from churn_mlops.pipelines.adopting.finding import file_of

    return {"path": use.path, "file": file_of(use.path, files), "cell": use.cell, "call": use.call}


def out_of_order(source: Source) -> list[int]:
    """The cells that were run before one that stands above them."""
    found, latest = [], 0
    for cell in source.code:
        if cell.count is not None:
            found += [cell.number] * (cell.count < latest)
            latest = max(latest, cell.count)
    return found


def never_run(source: Source) -> list[int]:
    """The cells that hold code and have not been run in the session that was saved; all, where none was."""
    return [cell.number for cell in source.code if cell.source.strip() and cell.count is None]


def absolute_paths(source: Source) -> Iterator[tuple[int, str]]:
    """Texts that lead to a place of one machine."""
    for cell in source.code:
        for node in ast.walk(cell.tree):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str) and _ABSOLUTE.match(value) and "\n" not in value:
                yield cell.number, value


def installs(source: Source) -> list[str]:
    """The packages that its cells install."""
    text = "\n".join(cell.source for cell in source.code)
    words = [word for found in _INSTALLS.findall(text) for word in found.split()]
    return sorted({word.strip("'\"") for word in words if not word.startswith("-")})


def named_secrets(sources: tuple[Source, ...], folder: Path) -> list[Secret]:
    """The values that the notebooks give to secret names, and those of the folder's `.env`."""
    found = list(find_secrets({}, folder / ".env"))
    for source in sources:
        for cell in source.code:
            found += [Secret(name, value) for name, value, _ in secret_constants(cell.tree)]
    return list({secret.value: secret for secret in found}.values())


def secret_constants(tree: ast.Module) -> Iterator[tuple[str, str, ast.Constant]]:
    """Texts in the code that are given to a name which says that it is secret: name, value, where."""
    for node in ast.walk(tree):
        pairs = []
        if isinstance(node, ast.Assign):
            pairs = [(_name_of(target), node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(_name_of(node.target), node.value)]
        elif isinstance(node, ast.Call):
            pairs = [(keyword.arg or "", keyword.value) for keyword in node.keywords]
        elif isinstance(node, ast.Dict):
            pairs = [(k.value, v) for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)]
        for name, value in pairs:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and _is_secret(name, value.value):
                yield name, value.value, value


def _name_of(target: ast.expr) -> str:
    """What an assignment gives a value to: of `settings["key"]` that is `key`, of `a.key` too."""
    if isinstance(target, ast.Subscript):
        return str(target.slice.value) if isinstance(target.slice, ast.Constant) else ""
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""


def _is_secret(name, value: str) -> bool:
    return isinstance(name, str) and is_secret_name(name) and worth_hiding(value)


def secrets(source: Source, redactor: Redactor) -> list[str]:
    """Where secrets stand; never what they are."""
    found, number = [], 0
    for cell in source.raw["cells"]:
        number += cell["cell_type"] == "code"
        place = f"cell {number}" if cell["cell_type"] == "code" else f"text after cell {number}"
        found += [f"{place}, {part}" for part, text in _parts(cell) if redactor.text(text) != text]
    return found


def _parts(cell: dict) -> Iterator[tuple[str, str]]:
    yield "source", cell["source"]
    yield "output", "\n".join(_texts(cell["outputs"]))


def _texts(value, depth: int = 0) -> Iterator[str]:
    """Every text of an output but pictures."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < 20:
        for key, inner in value.items():
            if not str(key).startswith("image/"):
                yield from _texts(inner, depth + 1)
    elif isinstance(value, list) and depth < 20:
        if all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for inner in value:
                yield from _texts(inner, depth + 1)
