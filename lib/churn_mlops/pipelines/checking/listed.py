"""The list of stages in pipeline.py against itself and against the notebooks."""

import ast
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import PurePosixPath

from churn_mlops.config import nearest
from churn_mlops.pipelines.checking.cells import Notebook
from churn_mlops.pipelines.checking.findings import LIST, Finding
from churn_mlops.pipelines.stage import WATCHED, Stage


def check_list(stages: tuple[Stage, ...]) -> Iterator[Finding]:
    """An error for each read that no earlier stage writes, and for each name or file that two stages share."""
    for seen, cure in (*_twice(stages), *_paths(stages), *_reads(stages)):
        yield Finding(LIST, None, "list of stages", seen, cure, error=True)


def _twice(stages: tuple[Stage, ...]) -> Iterator[tuple[str, str]]:
    for one, two in combinations(stages, 2):
        if one.key == two.key:
            yield f"{one.name} and {two.name} are both `{one.key}` to -p and configs", "rename one of them"
        for name in sorted({a for a in one.writes for b in two.writes if within(a, b) or within(b, a)}):
            yield f"{one.name} and {two.name} both write `{name}`", "let one of them write it"
    for stage in stages:
        for name in sorted({name for name in stage.writes if stage.writes.count(name) > 1}):
            yield f"{stage.name} writes `{name}` twice", "remove one"


def _paths(stages: tuple[Stage, ...]) -> Iterator[tuple[str, str]]:
    for stage in stages:
        for name in filter(_leads_out, (*stage.reads, *stage.writes)):
            yield f"{stage.name} names `{name}`", "a path below the run's artifacts, such as scores.parquet"
        for name in filter(_leads_out, stage.files):
            yield f"{stage.name} names `{name}` in its files", "a path from the project's folder: configs/prices.csv"
        for name in set(stage.watches) - set(WATCHED):
            yield f"{stage.name} watches `{name}`{nearest(name, WATCHED)}", f"one of {', '.join(WATCHED)}"


def _leads_out(name: str) -> bool:
    """Whether a name is none of a file in the folder that it is relative to."""
    return not name or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name


def _reads(stages: tuple[Stage, ...]) -> Iterator[tuple[str, str]]:
    before: list[str] = []
    for position, stage in enumerate(stages):
        for name in stage.reads:
            if not any(within(name, written) for written in before):
                later = [s.name for s in stages[position:] if any(within(name, written) for written in s.writes)]
                if later:
                    own = later[0] == stage.name
                    told = "it writes itself" if own else f"only {later[0]} writes, which comes later"
                    yield f"{stage.name} reads `{name}`, which {told}", "remove it" if own else "change the order"
                else:
                    hint = nearest(name, before)
                    yield f"{stage.name} reads `{name}`, which no earlier stage writes{hint}", "correct reads or writes"
        before += stage.writes


def within(name: str, written: str) -> bool:
    """Whether a file is what is written, or lies in the folder that is."""
    return name == written or (written.endswith("/") and name.startswith(written))


def check_against_list(notebook: Notebook, stage: Stage) -> Iterator[Finding]:
    """The notebook's own words about files: an error where its code differs from the list, advice where its table."""
    name = notebook.path.name
    declared = (*stage.reads, *stage.writes)
    for cell in notebook.code:
        for file in sorted(_files_in_code(cell.tree)):
            if not any(within(file, known) or within(known, f"{file}/") for known in declared):
                seen = f"`{file}` is not among what {stage.name} reads or writes{nearest(file, declared)}"
                yield Finding(name, cell.number, "undeclared file", seen, f"add it to {LIST}", error=True)
    reads, writes = table_of(notebook)
    for file in sorted(reads - set(stage.reads)) if reads else ():
        seen = f"the table reads `{file}`, the list does not{nearest(file, stage.reads)}"
        yield Finding(name, None, "table", seen, f"correct the table or {LIST}")
    for file in sorted(writes ^ set(stage.writes)) if reads or writes else ():
        where = ("table", "list") if file in writes else ("list", "table")
        seen = f"the {where[0]} writes `{file}`, the {where[1]} does not"
        yield Finding(name, None, "table", seen, f"correct the table or {LIST}")


def table_of(notebook: Notebook) -> tuple[set[str], set[str]]:
    """The file names in backticks under Reads and Writes of the notebook's table; empty where it has none."""
    text = notebook.cells[0].source if notebook.cells else ""
    rows = re.search(r"^\| Reads \| Writes \| Next \|\n\|[-| :]+\|\n((?:\|.*\n?)+)", text, re.MULTILINE)
    cells = [row.strip("|").split("|") for row in rows[1].splitlines()] if rows else []
    reads, writes = ({n for row in cells for n in re.findall(r"`([^`]+)`", row[c])} for c in (0, 1))
    return reads, writes


def _files_in_code(tree: ast.Module) -> set[str]:
    """Names of files that code joins to `run_dir` itself: `Path(run_dir) / "a.json"`, `.joinpath("a.json")`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            found |= _joined(node.left, [node.right])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
            found |= _joined(node.func.value, node.args)
    return found


def _joined(base: ast.expr, parts: list[ast.expr]) -> set[str]:
    is_run = ast.unparse(base) in ("run_dir", "Path(run_dir)", "pathlib.Path(run_dir)")
    names = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return {"/".join(names)} if is_run and names and len(names) == len(parts) else set()
