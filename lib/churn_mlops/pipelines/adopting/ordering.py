"""The order of the cells: that of the notebook, or where only it makes sense, that in which somebody ran them."""

from pathlib import Path

from churn_mlops.pipelines.adopting.cells import Code
from churn_mlops.pipelines.checking.cells import Cell, Notebook
from churn_mlops.pipelines.checking.names import check_names


def working_order(code: tuple[Code, ...]) -> tuple[Code, ...]:
    """The cells in the order of the notebook, unless a name is missing in it that is there in the order of the session.

    Cells that were not run then come last.
    """
    as_run = tuple(sorted(code, key=lambda cell: (cell.count is None, cell.count or 0)))
    return as_run if missing_names(as_run) < missing_names(code) else code


def missing_names(code: tuple[Code, ...]) -> int:
    """How many names are used before a cell has defined them."""
    cells = [Cell(number, cell.python) for number, cell in enumerate(code, 1) if not cell.problem]
    return sum(finding.error for finding in check_names(Notebook(Path("adopted.ipynb"), cells)))
