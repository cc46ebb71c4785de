"""The cells of an executed notebook as a page shows them: what ran, what failed, what never ran, what to leave out."""

import re
from copy import deepcopy

from churn_mlops.reports.figures import caption
from churn_mlops.reports.sanitise import plain
from churn_mlops.reports.values import described
from churn_mlops.reports.verdicts import KINDS

# What is drawn before what is marked up before what is plain; scripts and widgets are on no list.
SHOWN = ("image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown", "text/latex", "text/plain")
LARGEST_HTML = 200_000  # characters; more is a dump, not a table, and would take seconds to sanitise
LARGEST_TEXT = 20_000
_HIDDEN = {"papermill-error-cell-tag", "injected-parameters"}  # the run's settings stand in the parameters table


def prepare_cells(notebook, failed: dict | None = None):
    """A copy of the notebook without what is not for readers; `metadata.page` says how to show each code cell.

    It holds state, number, seconds, the heading above, and for the failed cell its error. `failed` is the
    `error` of a manifest: its `cell` counts code cells from 1, in the executed notebook.
    """
    notebook = deepcopy(notebook)
    broken = failed_cell(notebook.cells, failed)
    heading, number, kept = "", 0, []
    for cell in notebook.cells:
        heading = _heading(cell) or heading
        number += cell.cell_type == "code"
        if _HIDDEN & set(_tags(cell)) or not cell.source.strip():
            continue
        if cell.cell_type == "code":
            cell.metadata["page"] = _view(cell, number, heading, broken, failed)
            cell.outputs = [shown for output in cell.outputs if (shown := _shown(output))]
        kept.append(cell)
    notebook.cells = kept
    return notebook


def without_results(notebook):
    """The notebook as its author has written it: what an earlier execution may have left in it is taken out."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def failed_cell(cells, failed: dict | None) -> int | None:
    """The number of the code cell that failed: the one with an error, else the one that the manifest names."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        if error_of(cell):
            return number
    return (failed or {}).get("cell")


def error_of(cell) -> dict | None:
    """The error among the outputs of a cell."""
    return next((output for output in cell.outputs if output.output_type == "error"), None)


def _view(cell, number: int, heading: str, broken: int | None, failed: dict | None) -> dict:
    state = "failed" if number == broken else "ran" if cell.execution_count else "not run"
    return {
        "number": number,
        "state": state,
        "seconds": cell.metadata.get("papermill", {}).get("duration") if state == "ran" else None,
        "heading": heading,
        "parameters": "parameters" in _tags(cell),
        "error": _error(error_of(cell), failed) if state == "failed" else None,
    }


def _error(output, failed: dict | None) -> dict:
    """Kind, message, cure and traceback: the cell's own where it has one, else what the runner found."""
    failed = failed or {}
    if output:
        kind, message, trace = output.ename, output.evalue, "\n".join(output.traceback)
    else:
        kind, message, trace = failed.get("kind"), failed.get("message"), failed.get("traceback")
    return explain(kind, message, trace, failed.get("cure"))


def explain(kind, message, traceback, cure=None) -> dict:
    """An error in parts; the project's own messages end in `Cure: ...`, which deserves a line of its own."""
    what, _, named = plain(str(message or "")).partition("Cure:")
    cure, kind = str(cure or named).strip(), plain(KINDS.get(str(kind), str(kind or "Error")))
    what = _without_place(what.strip())
    return {
        "kind": kind,
        "message": "" if what == f"{kind}." else what,
        "cure": cure[:1].upper() + cure[1:],
        "traceback": plain(str(traceback or "")).strip(),
    }


def _without_place(message: str) -> str:
    """What the runner says of a failure, without the stage and the cell, which the page names and links already."""
    said = re.sub(r"^stage [\w-]+(, cell \d+ of \d+)?: ", "", message)
    return message if said == message else said[:1].upper() + said[1:]


def _shown(output):
    """An output as it may be shown, or None: scraps have nothing to see, errors stand in a box of their own."""
    if output.output_type == "error":
        return None
    if output.output_type == "stream":
        output.text = clip(plain(output.text))
        return output if output.text.strip() else None
    for kind in ("text/html", "text/markdown"):
        if len("".join(output.data.get(kind, ""))) > LARGEST_HTML:
            del output.data[kind]
    for kind in ("image/png", "image/jpeg"):
        if kind in output.data and not is_base64(output.data[kind]):
            del output.data[kind]
    if not any(kind in output.data for kind in SHOWN):
        return None
    name = output.metadata.get("scrapbook", {}).get("name")
    output.metadata["caption"] = caption(name) if name else ""
    output.metadata["value"] = described("".join(output.data.get("text/plain", "")))
    return output


def is_base64(text) -> bool:
    """Whether a picture's data are what they should be; anything else is no address that a browser can open."""
    from base64 import b64decode

    try:
        return bool(b64decode("".join("".join(text).split()), validate=True))
    except ValueError:
        return False


def clip(text: str) -> str:
    """A long text's beginning, with what is left out counted."""
    if len(text) <= LARGEST_TEXT:
        return text
    return f"{text[:LARGEST_TEXT]}\n… {len(text) - LARGEST_TEXT:,} more characters in the notebook"


def _tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def _heading(cell) -> str:
    if cell.cell_type != "markdown":
        return ""
    lines = [line for line in cell.source.splitlines() if line.startswith("#")]
    return lines[-1].lstrip("# ").strip() if lines else ""
