"""Outcomes of stages that came to none: no kernel, or a stop before the first cell."""

from pathlib import Path

from churn_mlops.pipelines.execution import Failure, Outcome, Stop
from churn_mlops.pipelines.exits import CELL_FAILED, KERNEL_DIED
from churn_mlops.pipelines.stage import Stage
from churn_mlops.pipelines.worker import Worker


def no_outcome(worker: Worker, error: BaseException) -> Outcome:
    """What to say of a stage whose kernel could not be started, or that broke on the runner's side."""
    kind = type(error).__name__
    code = KERNEL_DIED if kind == "KernelDied" else CELL_FAILED
    stop = worker.stopped if worker.stopped.kind else Stop(kind, f"{kind}: {error}", code)
    return not_begun(worker.stage, worker.notebook, stop)


def not_begun(stage: Stage, path: Path, stop: Stop) -> Outcome:
    """The outcome of a stage of which no cell ran."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    message = f"stage {stage.name}: {stop.message}"
    return Outcome(stage, notebook, 0.0, cells, 0, Failure(stage.name, None, stop.kind, message, "", stop.exit_code))
