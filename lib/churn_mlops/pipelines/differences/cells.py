"""Which code cells differ between two executed notebooks, each with its number and a short unified diff."""

from difflib import SequenceMatcher, unified_diff
from itertools import zip_longest

INJECTED = "injected-parameters"  # papermill's own cell: what it sets is told as parameters
LINES = 40  # of a cell's diff; more is another cell, not a change


def code_cells(notebook: dict) -> list[dict]:
    """Number (from 1, among all code cells), id, tags and source of the code cells that are the notebook's own."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    cells = [
        {
            "cell": number,
            "id": cell.get("id"),
            "tags": cell.get("metadata", {}).get("tags", []),
            "source": "".join(cell["source"]),
        }
        for number, cell in enumerate(code, 1)
    ]
    return [cell for cell in cells if INJECTED not in cell["tags"]]


def changed_cells(old: dict, new: dict) -> list[dict]:
    """The changes from one notebook to another: cell numbers in both (None where it is not there), and the lines."""
    a, b = code_cells(old), code_cells(new)
    matcher = SequenceMatcher(None, [c["source"] for c in a], [c["source"] for c in b], autojunk=False)
    changes = []
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind != "equal":
            changes += [_change(*pair) for pair in _pairs(a[a0:a1], b[b0:b1])]
    return changes


def _pairs(a: list[dict], b: list[dict]):
    """Cells to be compared: those of one id where the block shares ids, else in their order."""
    theirs = {cell["id"]: cell for cell in b if cell["id"]}
    if not any(cell["id"] in theirs for cell in a):
        return list(zip_longest(a, b))
    paired = [(cell, theirs.pop(cell["id"], None)) for cell in a]
    taken = {id(new) for _, new in paired if new}
    return paired + [(None, cell) for cell in b if id(cell) not in taken]


def _change(old: dict | None, new: dict | None) -> dict:
    before, after = (cell["source"].splitlines() if cell else [] for cell in (old, new))
    lines = list(unified_diff(before, after, n=1, lineterm=""))[2:]
    if len(lines) > LINES:
        lines = [*lines[:LINES], f"... {len(lines) - LINES} more lines"]
    return {
        "cell_a": old and old["cell"],
        "cell_b": new and new["cell"],
        "parameters": "parameters" in (new or old)["tags"],
        "lines": lines,
    }
