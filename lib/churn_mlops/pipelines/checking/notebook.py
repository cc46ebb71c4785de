"""What a run depends on in each notebook: that it can be read, has its parameters, is Python, and has no outputs."""

from collections.abc import Iterator
from tokenize import TokenError

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.checking.cells import Cell, Notebook
from churn_mlops.pipelines.checking.findings import Finding
from churn_mlops.pipelines.parameters import Parameter, parse_parameters
from churn_mlops.pipelines.stage import Stage


def check_cells(notebook: Notebook) -> Iterator[Finding]:
    """An error for each cell that is not Python or holds an output."""
    for cell in notebook.code:
        if cell.problem:
            yield _error(notebook, cell, "not Python", cell.problem, "correct it")
        if cell.has_output:
            seen = "an output or an execution count is left in"
            yield _error(notebook, cell, "outputs", seen, f"nbstripout notebooks/{notebook.path.name}")


def check_parameters(notebook: Notebook, stage: Stage | None) -> Iterator[Finding]:
    """An error where the parameters cannot be read, advice for each without a meaning."""
    tagged = notebook.parameters
    if len(tagged) != 1:
        seen = f"{len(tagged)} cells are tagged `parameters`"
        yield _error(notebook, tagged[1] if tagged else None, "parameters", seen, "tag one cell")
        return
    cell = tagged[0]
    if cell.problem:
        return  # told already
    try:
        declared = parse_parameters(cell.source, notebook.path.name)
    except (ConfigError, ValueError, SyntaxError, TokenError) as error:
        seen = str(error).removeprefix(f"{notebook.path.name}: ").rstrip(".")
        yield _error(notebook, cell, "parameters", seen, "one `name: type = literal  # meaning` a line")
        return
    yield from _declared(notebook, cell, declared, stage)


def _declared(notebook: Notebook, cell: Cell, declared: dict[str, Parameter], stage: Stage | None):
    if stage and (stage.reads or stage.writes) and "run_dir" not in declared:
        seen = "no `run_dir`, so the stage cannot know where its files are"
        cure = 'add `run_dir: str = "../runs/lab"  # folder that the stages of one run share`'
        yield _error(notebook, cell, "parameters", seen, cure)
    for parameter in declared.values():
        if not parameter.meaning:
            seen, cure = f"`{parameter.name}` does not say what it means", "add a comment with meaning and unit"
            yield Finding(notebook.path.name, cell.number, "parameters", seen, cure)


def _error(notebook: Notebook, cell: Cell | None, rule: str, seen: str, cure: str) -> Finding:
    return Finding(notebook.path.name, cell.number if cell else None, rule, seen, cure, error=True)
