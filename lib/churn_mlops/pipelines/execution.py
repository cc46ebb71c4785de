"""Executing one stage: papermill in a fresh kernel, and our own verdict on what came of it.

Papermill marks the cells of a dead kernel as completed and takes `exit(0)` for success, so success is
decided here: every code cell ran, none shows an error, every declared output is there.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from churn_mlops import errors
from churn_mlops.pipelines.exits import CELL_FAILED, INCOMPLETE, KERNEL_DIED, TIMED_OUT
from churn_mlops.pipelines.stage import Stage, missing_outputs

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Failure:
    """Why a stage failed: what was raised, where, and the exit code it stands for."""

    stage: str
    cell: int | None  # counts code cells from 1
    kind: str
    message: str
    traceback: str
    exit_code: int


@dataclass(frozen=True)
class Outcome:
    """What executing a stage gave: the executed notebook, its cells, its time, and the failure if any."""

    stage: Stage
    notebook: object  # an nbformat node, outputs included
    seconds: float
    cells: int
    cells_run: int
    failure: Failure | None = None

    @property
    def status(self) -> str:
        """`succeeded` or `failed`."""
        return "failed" if self.failure else "succeeded"


@dataclass
class Stop:
    """Why a kernel was killed from outside, told to whoever judges its stage; empty while it was not."""

    kind: str = ""  # Interrupted, Terminated or OutOfMemory
    message: str = ""
    exit_code: int = 0


@dataclass
class _Watch:
    """What our papermill engine leaves behind, also when it raises."""

    on_cell: Callable[[int, int], None]
    deadline: float
    kernel: object
    notebook: object = None
    started: int = 0
    exit_called_in: int | None = None

    def cell_started(self, cell, cell_index) -> None:
        if cell["cell_type"] == "code":
            self.started += 1
            self.on_cell(self.started, _code_cells(self.notebook))

    def cell_executed(self, cell, cell_index, execute_reply) -> None:
        payload = execute_reply["content"].get("payload", [])
        if any(item.get("source") == "ask_exit" for item in payload) and self.exit_called_in is None:
            self.exit_called_in = self.started


def execute(
    stage: Stage,
    source: Path,
    artifacts: Path,
    parameters: dict,
    timeout_s: float,
    on_cell: Callable[[int, int], None] = lambda started, cells: None,
    kernel=None,
    stop: Stop | None = None,
) -> Outcome:
    """Run a stage's notebook in a fresh kernel, from its own folder; never raises for what the notebook does.

    `on_cell(started, cells)` is called as each code cell starts. `timeout_s` is for the whole stage.
    `kernel` is one that was started for this notebook, for its owner to end; without it there is one of its own.
    `stop` says why, when somebody else has killed that kernel.
    """
    from churn_mlops.pipelines.kernels import kernel as kernels

    if kernel is None:
        own = kernels.start(source)
        try:
            return execute(stage, source, artifacts, parameters, timeout_s, on_cell, own, stop)
        finally:
            kernels.stop(own)
    import nbformat

    start = time.monotonic()
    watch = _Watch(on_cell, start + timeout_s, kernel, nbformat.read(source, as_version=4))
    raised = _run_papermill(watch, parameters)
    return Outcome(
        stage=stage,
        notebook=watch.notebook,
        seconds=round(time.monotonic() - start, 3),
        cells=_code_cells(watch.notebook),
        cells_run=sum(bool(cell.get("execution_count")) for cell in watch.notebook.cells),
        failure=_judge(stage, watch, raised, artifacts, timeout_s, stop or Stop()),
    )


def _code_cells(notebook) -> int:
    return sum(cell.cell_type == "code" for cell in notebook.cells)


def _run_papermill(watch: _Watch, parameters: dict) -> BaseException | None:
    """Execute the watched notebook; returns what papermill raised, if anything.

    The kernel works in the notebook's folder already. Papermill is not told of it: it would move this process there,
    and with it every relative path of the stages beside this one.
    """
    import logging

    import papermill

    _register_engine()
    for name in ("papermill", "traitlets", "asyncio"):  # what they would log of a failure is our verdict to tell
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        papermill.execute_notebook(
            watch.notebook,
            None,
            parameters=parameters,
            engine_name="churn",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            watch=watch,
        )
    except Exception as error:
        return error
    return None


def _register_engine() -> None:
    """Make papermill execute through `_Watch`, which sees each cell and keeps the notebook of a failed run."""
    from papermill.engines import NBClientEngine, papermill_engines

    from churn_mlops.pipelines.cells import CellClient

    class WatchedEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, kernel_name, *, watch, **_):
            watch.notebook = nb_man.nb
            nb_man.autosave_cell_every = 0
            client = CellClient(
                nb_man,
                watch.kernel,
                timeout_func=lambda cell: max(1, int(watch.deadline - time.monotonic())),
                iopub_timeout=60,  # for a cell's last output; the default of 4 s is missed on a busy machine
                on_cell_start=watch.cell_started,
                on_cell_executed=watch.cell_executed,
            )
            client.execute(cleanup_kc=False)

    papermill_engines.register("churn", WatchedEngine)


def _judge(stage: Stage, watch: _Watch, raised, artifacts: Path, timeout_s: float, stop: Stop) -> Failure | None:
    """The reason why the stage has not succeeded, or None when it has."""
    if stop.kind and raised is not None:
        where = f"stage {stage.name}, cell {watch.started} of {_code_cells(watch.notebook)}"
        return Failure(stage.name, watch.started or None, stop.kind, f"{where}: {stop.message}", "", stop.exit_code)
    shown = _error_shown(stage, watch)
    if shown:
        return shown
    if watch.exit_called_in:  # before what papermill says, which may be that the kernel died
        return _ended(stage, watch, watch.exit_called_in)
    if raised is not None:
        return _from_exception(stage, watch, raised, timeout_s)
    skipped = _first_not_run(watch.notebook)
    if skipped:
        message = (
            f"stage {stage.name}: code cell {skipped} of {_code_cells(watch.notebook)} was not run. "
            "Cure: take the cell, or its tag `skip-execution`, out of the notebook."
        )
        return Failure(stage.name, skipped, "Incomplete", message, "", INCOMPLETE)
    missing = missing_outputs(stage, artifacts)
    if missing:
        message = (
            f"stage {stage.name} ran to its end and has not written {', '.join(missing)}. "
            "Cure: write it in the notebook, or take it out of the stage's `writes` in pipeline.py."
        )
        return Failure(stage.name, None, "MissingOutput", message, "", INCOMPLETE)
    return None


def _first_not_run(notebook) -> int | None:
    """The number of the first code cell, from 1, that holds something and did not run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return next((n for n, cell in enumerate(code, 1) if cell.source.strip() and not cell.get("execution_count")), None)


def _ended(stage: Stage, watch: _Watch, cell: int) -> Failure:
    """A cell has ended the kernel in good order, which would let the cells after it be taken for done."""
    message = (
        f"stage {stage.name}: code cell {cell} of {_code_cells(watch.notebook)} ended the kernel (exit or quit), "
        "which is not a way to succeed. Cure: take that call out; to stop a run, raise an error."
    )
    return Failure(stage.name, cell, "Incomplete", message, "", INCOMPLETE)


def _error_shown(stage: Stage, watch: _Watch) -> Failure | None:
    """What the first error output of the notebook says; `sys.exit` is one, and is explained as what it is."""
    code = [cell for cell in watch.notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                if output.ename == "SystemExit":
                    return _ended(stage, watch, number)
                known = getattr(errors, output.ename, None)
                ours = isinstance(known, type) and issubclass(known, errors.ChurnError)
                message = output.evalue if ours else f"{output.ename}: {output.evalue}"
                traceback = _ANSI.sub("", "\n".join(output.traceback))
                exit_code = known.exit_code if ours else CELL_FAILED
                return Failure(stage.name, number, output.ename, message, traceback, exit_code)
    return None


def _from_exception(stage: Stage, watch: _Watch, raised: BaseException, timeout_s: float) -> Failure:
    """What the runner's side raised: a timeout, a dead kernel, or something unforeseen."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    where = f"stage {stage.name}, cell {watch.started} of {_code_cells(watch.notebook)}"
    kind, message, exit_code = type(raised).__name__, f"{where}: {type(raised).__name__}: {raised}", CELL_FAILED
    if isinstance(raised, CellTimeoutError):
        cure = f"Cure: --timeout SECONDS, or `seconds` in [limits], with more than {timeout_s:g}; or less work."
        kind, message, exit_code = (
            "Timeout",
            f"{where}: not done within the {timeout_s:g} s of a stage. {cure}",
            TIMED_OUT,
        )
    elif isinstance(raised, DeadKernelError):
        cure = "Cure: look for memory (the system kills what takes too much) or a crash in native code."
        kind, message, exit_code = "KernelDied", f"{where}: the kernel died. {cure}", KERNEL_DIED
    return Failure(stage.name, watch.started or None, kind, message, "", exit_code)
