"""Which cell of which notebook trained a model: found in the notebook as it was executed and archived."""

import ast
import json
from pathlib import Path

MODEL = "model.skops"
_VERBS = ("fit", "train")


def training_cell(run: Path, manifest: dict) -> dict | None:
    """The stage that wrote the run's model, its notebook, and the cell that fitted it; None where none is known.

    `cell` counts code cells from 1, as the page of the stage does; None where no cell can be told to fit anything.
    """
    stage = next((s for s in manifest.get("stages") or [] if MODEL in (s.get("outputs") or {})), None)
    if stage is None:
        return None
    name = stage["name"]
    number, line = find_cell(run / "notebooks" / f"{name}.ipynb")
    return {
        "stage": name,
        "cell": number,
        "code": line,
        "executed_in": stage.get("reused_from") or manifest["version"],
    }


def find_cell(notebook: Path) -> tuple[int | None, str | None]:
    """Number and line of the last call that fits or trains something, before the model is saved."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return None, None
    found = [(number, line) for number, source in enumerate(code, 1) for line in _fitting_lines(source)]
    return found[-1] if found else (None, None)


def _fitting_lines(source: str) -> list[str]:
    """The lines of a cell on which a function is called whose name begins with fit or train."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic command of IPython
        return []
    lines = source.splitlines()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func).startswith(_VERBS)]
    return [lines[node.lineno - 1].strip() for node in sorted(calls, key=lambda node: node.lineno)]


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", None) or getattr(function, "id", "")
