"""All checks of a project, in the order of its pipeline."""

from pathlib import Path

from churn_mlops.config import nearest
from churn_mlops.pipelines.checking.cells import read_notebook
from churn_mlops.pipelines.checking.findings import LIST, Finding
from churn_mlops.pipelines.checking.listed import check_against_list, check_list
from churn_mlops.pipelines.checking.names import check_names
from churn_mlops.pipelines.checking.notebook import check_cells, check_parameters
from churn_mlops.pipelines.checking.shape import check_shape
from churn_mlops.pipelines.checking.usage import check_usage
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage

TEMPLATE = "template.ipynb"


def check_project(project: Project) -> dict[Path, list[Finding]]:
    """What was found in pipeline.py, in each stage's notebook, in numbered ones besides, and in the template."""
    found = {project.root / LIST: list(check_list(project.stages))}
    present = sorted(project.notebooks.glob("*.ipynb"))
    for stage in project.stages:
        path = stage.notebook(project.notebooks)
        found[path] = check_notebook(path, stage) if path.is_file() else [_missing(path, present)]
    for path in present:
        if path not in found and path.stem[0].isdigit():
            seen, cure = f"{path.stem} is not in the list of stages", f"add it to {LIST}, or take its number off"
            found[path] = [*check_notebook(path), Finding(path.name, None, "list of stages", seen, cure)]
        elif path.name == TEMPLATE:
            found[path] = check_notebook(path)
    return found


def check_notebook(path: Path, stage: Stage | None = None) -> list[Finding]:
    """What was found in one notebook; with its stage, also against the list. Errors come first."""
    try:
        notebook = read_notebook(path)
    except ValueError as error:
        return [Finding(path.name, None, "not a notebook", str(error), "restore the file: git checkout", error=True)]
    except OSError as error:
        return [Finding(path.name, None, "not readable", str(error.strerror), "restore the file", error=True)]
    found = [*check_cells(notebook), *check_parameters(notebook, stage)]
    found += [*check_names(notebook), *check_usage(notebook)]
    found += [*check_against_list(notebook, stage)] if stage else []
    found += check_shape(notebook)
    return sorted(found, key=lambda finding: (not finding.error, finding.cell or 0))


def _missing(path: Path, present: list[Path]) -> Finding:
    hint = nearest(path.name, [other.name for other in present])
    seen = f"the list of stages names it, and it is not in {path.parent.name}/{hint}"
    return Finding(path.name, None, "missing notebook", seen, f"correct {LIST} or restore the notebook", error=True)
