"""The stage's notebook: the shape that all stages have, with the adopted cells in it."""

import re

from churn_mlops.pipelines.adopting.reading import Source
from churn_mlops.pipelines.adopting.rewriting import Edited, parameters_cell

_SECTIONS = {"dataset", "money", "simulator", "columns", "source", "events", "limits", "hooks", "policy"}


def stage_name(notebook: str) -> str:
    """`01_` and the notebook's name as a stage's."""
    word = re.sub(r"[^a-z0-9]+", "_", notebook.rpartition("/")[2].removesuffix(".ipynb").lower()).strip("_")
    word = word.lstrip("0123456789_")[:60].rstrip("_") or "adopted"
    return f"01_{word}_stage" if word in _SECTIONS else f"01_{word}"


def make_notebook(source: Source, made: Edited, inputs: list[tuple[str, str]], parameters: dict, redactor) -> dict:
    """The notebook as JSON; `inputs` are parameter and default of each file that it is given."""
    name = stage_name(source.name)
    cells = [
        _prose(_head(name, source.name, made, inputs)),
        _prose(
            "## Parameters\n\nThe only place where this stage's parameters are declared: name, type, default, meaning."
        ),
        _code(parameters_cell(parameters), ["parameters"]),
        _code("\n".join(_sorted_imports(made.imports))) if made.imports else None,
        *_body(source, made),
        _prose(_end(name)),
    ]
    cells = [{**cell, "source": redactor.text(cell["source"])} for cell in cells if cell]
    for number, cell in enumerate(cells):
        cell |= {"id": f"{name[:40]}-{number}", "source": cell["source"].splitlines(keepends=True)}
    language = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": language, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _prose(text: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str, tags: list[str] | None = None) -> dict:
    metadata = {"tags": tags} if tags else {}
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": text}


def _head(name: str, notebook: str, made: Edited, inputs) -> str:
    number, _, word = name.partition("_")
    reads = ", ".join(f"[{default.rpartition('/')[2]}]({default})" for _, default in inputs) or "no file"
    writes = ", ".join(f"`{file}`" for file in sorted(made.outputs.values())) or "no file"
    table = (
        f"| Reads | Writes | Next |\n|---|---|---|\n| {reads} | {writes} | [the same]({name}.ipynb), with newer data |"
    )
    title = f"# {number} {word.replace('_', ' ').capitalize()}"
    return f"{title}\n\n**What does `{notebook}` make, and from what?** Taken over by `adopt`, cell by cell.\n\n{table}"


def _body(source: Source, made: Edited) -> list[dict]:
    """The code cells that are left, in their order, each after the text that stood above it; then the last text."""
    above, code = _texts_above(source), dict(made.cells)
    cells = []
    for number in made.order:
        cells += [*above.pop(number, []), *([_code(code[number])] if number in code else [])]
    return [*cells, *above.get(None, [])]


def _texts_above(source: Source) -> dict[int | None, list[dict]]:
    """Text cells by the code cell that follows; None for those at the end."""
    above, waiting, number = {}, [], 0
    for cell in source.raw["cells"]:
        if cell["cell_type"] == "code":
            number += 1
            above[number], waiting = waiting, []
        elif cell["cell_type"] == "markdown" and cell["source"].strip():
            waiting.append(_prose(re.sub(r"^# ", "## ", cell["source"], flags=re.MULTILINE)))
    return above | {None: waiting}


def _sorted_imports(imports: list[str]) -> list[str]:
    """Plain imports in their order, then the others."""
    return sorted(imports, key=lambda line: line.startswith("from "))


def _end(name: str) -> str:
    return (
        "## In this notebook we\n\n- took its constants as parameters,\n- read the files that they name,\n"
        f"- wrote what we made into the run.\n\nNext: [the same]({name}.ipynb), with newer data."
    )
