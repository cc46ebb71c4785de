"""The stages of a run, each as soon as what it reads is there: reused where nothing changed, else run in its kernel."""

import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.versions import Building
from churn_mlops.config import Limits
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.cache import index, reasons
from churn_mlops.pipelines.cache.inputs import Inputs, key_of
from churn_mlops.pipelines.execution import Outcome, Stop
from churn_mlops.pipelines.kernels.imports import top_imports
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.request import Request, forced_stages
from churn_mlops.pipelines.stage import Stage, comes_before, files_of, share_files
from churn_mlops.pipelines.unbegun import no_outcome, not_begun
from churn_mlops.pipelines.undeclared import Undeclared, as_failure
from churn_mlops.pipelines.watching import Watching
from churn_mlops.pipelines.worker import Work, Worker


@dataclass
class StageRun:
    """A stage in this run: what it depends on, whether it ran or was reused and why, and what came of it."""

    stage: Stage
    status: str = "not run"  # or running, succeeded, failed, reused
    reason: str = ""
    inputs: dict = field(default_factory=dict)
    key: str = ""
    outputs: dict[str, str] = field(default_factory=dict)  # path in the artifacts -> digest
    outcome: Outcome | None = None
    found: index.Found | None = None  # the result that it was reused from
    result: index.Found | None = None  # the result that it made, once it is kept
    kept: Future | None = None  # done when its files are in the store
    tries: int = 0
    undeclared: list[Undeclared] = field(default_factory=list)  # what it opened beyond its inputs

    @property
    def ended(self) -> bool:
        """Whether the stages after it may start."""
        return self.status in ("succeeded", "reused")


class Schedule:
    """Executes the wanted stages into a version that is being made; `stop` ends it early, from any thread."""

    def __init__(self, project: Project, request: Request, inputs: Inputs, building: Building, wanted, template):
        self.project, self.request, self.inputs, self.building = project, request, inputs, building
        self.template = template
        self.runs = {stage: StageRun(stage) for stage in wanted}
        self.forced = forced_stages(wanted, request)
        self.before = {stage: comes_before(tuple(wanted), stage) for stage in wanted}
        self.champion = inputs.champion()
        self.previous = reasons.previous_inputs(project.runs, request.config.definition.dataset.name, self.champion)
        self.orders: dict = {}  # of imports, at the template
        self.workers: dict[Stage, Worker] = {}
        self.hired: list[Worker] = []  # all of them, those that are done too
        self.events: SimpleQueue = SimpleQueue()  # its put may be called by a signal handler while get waits
        self.stopped: Stop | None = None
        self.watching = Watching(project, request, inputs, building)

    def execute(self, given: dict[str, dict], progress, bring_in: Callable, ended: Callable) -> list[StageRun]:
        """Run or reuse every wanted stage, or all up to a failure.

        `given` are the parameters by stage name. `bring_in(run)` lets the version hold what a reused stage made, and is
        False where that cannot be; `ended(run)` is called for each stage that ran, as soon as it has ended, and returns
        the future of what follows it.
        """
        try:
            while self._advance(given, progress, bring_in):
                worker, result = self.events.get()
                if worker is not None:
                    self._end(worker, result, given, progress, ended)
            self._tell_of_stop(progress, ended)
        finally:
            for worker in self.workers.values():
                worker.cancel()
            self.watching.close()
            progress.close()
        return list(self.runs.values())

    def clear(self, within_s: float = 5) -> None:
        """Wait until the workers have ended their kernels and removed their files."""
        end = time.monotonic() + within_s
        for worker in self.hired:
            worker.join(max(0, end - time.monotonic()))

    def stop(self, why: Stop) -> None:
        """End what runs and start nothing more."""
        self.stopped = why
        for worker in tuple(self.workers.values()):
            worker.stop(why)
        self.events.put((None, None))

    def _tell_of_stop(self, progress, ended) -> None:
        """A run that was stopped between two stages has failed in the one that did not begin."""
        waiting = [run for run in self.runs.values() if run.status == "not run"]
        if self.stopped and waiting and all(run.status != "failed" for run in self.runs.values()):
            run = waiting[0]
            run.outcome = not_begun(run.stage, run.stage.notebook(self.project.notebooks), self.stopped)
            run.status = run.outcome.status
            progress.start(run.stage.name)
            progress.end(run.stage.name, run.status, 0.0)
            ended(run)

    def _advance(self, given, progress, bring_in) -> bool:
        """Start what can be started; False when nothing runs any more."""
        for run in self.runs.values():
            if run.status != "not run" or not self._may_start(run.stage):
                continue
            self._let_settle(run.stage)
            self._decide(run)
            if run.found and bring_in(run):
                run.status, run.outputs = "reused", run.found.outputs
                progress.reused(run.stage.name, run.found.version)
            else:
                run.status, run.found = "running", None
                progress.start(run.stage.name, run.reason)
                self._go(run, given, progress)
        running = any(run.status == "running" for run in self.runs.values())
        if running and not self.stopped:
            self._prepare()
        return running

    def _may_start(self, stage: Stage) -> bool:
        if self.stopped or any(run.status == "failed" for run in self.runs.values()):
            return False
        running = sum(run.status == "running" for run in self.runs.values())
        return running < (os.cpu_count() or 1) and all(self.runs[other].ended for other in self.before[stage])

    def _let_settle(self, stage: Stage) -> None:
        """Before a stage writes over another's file, let that one reach the store, which goes on beside the stages."""
        for other in self.before[stage]:
            if self.runs[other].kept and share_files(other.writes, stage.writes):
                self.runs[other].kept.result()

    def _decide(self, run: StageRun) -> None:
        """Find the inputs of a stage whose reads are there, and its result where the archive has it."""
        stage = run.stage
        before = [self.runs[other] for other in self.before[stage]]
        artifacts = {name: digest for other in before for name, digest in other.outputs.items()}
        run.inputs = self.inputs.of(stage, artifacts, self.champion)
        run.key = key_of(run.inputs)
        option = self.forced.get(stage)
        run.found = None if option else index.find(self.project.runs, run.key)
        if run.found:
            run.reason = f"reused from {run.found.version}: nothing that it depends on has changed"
            return
        run.reason = f"ran: {option or reasons.why(run.inputs, self.previous.get(stage.name))}"
        if self.request.only and not option:
            raise ConfigError(
                f"--only {self.request.only}: {stage.name} comes before it and would have to run, because "
                f"{run.reason.removeprefix('ran: ')}. Cure: --to {self.request.only}."
            )

    def _go(self, run: StageRun, given, progress) -> None:
        stage, limits = run.stage, self.request.limits(run.stage)
        run.tries += 1
        worker = self.workers.get(stage) or self._worker(stage)
        work = Work(
            artifacts=self.building.artifacts,
            parameters=given[stage.name],
            seconds=self.request.seconds(stage),
            memory_mb=limits.memory_mb,
            on_cell=lambda started, cells: progress.cell(stage.name, started, cells),
        )
        worker.go(work)
        if self.stopped:  # since it was decided that this stage may start
            worker.stop(self.stopped)

    def _prepare(self) -> None:
        """Have the modules of the next stage loaded, and its kernel started once no other is waited for."""
        waiting = [stage for stage, run in self.runs.items() if run.status == "not run"]
        if not waiting:
            return
        if self.template and waiting[0] not in self.orders:
            self.orders[waiting[0]] = self.template.load(self._imports_ahead(waiting[0]))
        if waiting[0] not in self.workers and all(worker.kernel for worker in self.workers.values()):
            self._worker(waiting[0])

    def _worker(self, stage: Stage) -> Worker:
        notebook = stage.notebook(self.project.notebooks)
        if self.template and stage not in self.orders:
            self.orders[stage] = self.template.load(top_imports(notebook))  # no more: this kernel is waited for
        watched = {"CHURN_STAGE": stage.name} | self.watching.begin(stage)
        worker = Worker(
            stage,
            notebook,
            self.orders.get(stage),
            watched,
            done=lambda *told: self.events.put(told),
            ready=lambda: self.events.put((None, None)),
        )
        self.workers[stage] = worker
        self.hired.append(worker)
        return worker

    def _imports_ahead(self, stage: Stage) -> str:
        """All that the stage may import, also within functions, for a kernel that is not waited for."""
        imports = self.inputs.imports_behind(stage)
        draws = any(statement.startswith("import matplotlib") for statement in imports)
        drawn = ["import churn_mlops.plots.warming as w; w.draw_once()"] * draws
        return "\n".join([*imports, "import churn_mlops.pipelines.kernels.first_use as f; f.load()", *drawn])

    def _end(self, worker: Worker, result, given, progress, ended) -> None:
        """Take what a worker tells: an outcome, or what kept it from one."""
        run = self.runs[worker.stage]
        del self.workers[worker.stage]
        if isinstance(result, BaseException):
            result = no_outcome(worker, result)
        run.outcome = result
        limits = self.request.limits(run.stage)
        if not self.stopped and _may_retry(result, run.tries, limits):
            progress.retried(run.stage.name, result.failure.kind)
            self._go(run, given, progress)
            return
        run.status = result.status
        artifacts = self.building.artifacts
        run.outputs = {name: digest_file(artifacts / name) for name in files_of(run.stage.writes, artifacts)}
        self._note_undeclared(run, progress)
        progress.end(run.stage.name, run.status, result.seconds)
        run.kept = ended(run)

    def _note_undeclared(self, run: StageRun, progress) -> None:
        """Take what a stage opened and did not declare: a failure under --strict, else a warning.

        It counts among the inputs from now on, so that no later run finds the result: none knows of it beforehand.
        """
        run.undeclared = self.watching.end(run.stage, run.inputs, run.outcome.notebook, self.champion)
        if not run.undeclared:
            return
        run.inputs = run.inputs | {"undeclared": [found.what for found in run.undeclared]}
        run.key = key_of(run.inputs)
        if self.request.strict and not run.outcome.failure:
            run.outcome = replace(run.outcome, failure=as_failure(run.stage, run.undeclared))
            run.status = run.outcome.status
        elif not self.request.strict:
            for found in run.undeclared:
                progress.warned(found.told(run.stage))


def _may_retry(outcome: Outcome, tries: int, limits: Limits) -> bool:
    return bool(outcome.failure) and tries <= limits.retries and outcome.failure.kind in limits.retry_on
