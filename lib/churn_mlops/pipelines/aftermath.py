"""What follows a stage, made beside the next one: its notebook without secrets, its page, its result for later runs."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from churn_mlops.archive.files import write_text
from churn_mlops.archive.reuse import keep_files
from churn_mlops.archive.versions import Building
from churn_mlops.pipelines.cache import index
from churn_mlops.pipelines.cache.inputs import Inputs
from churn_mlops.pipelines.hiding import Hiding
from churn_mlops.pipelines.project import Project, describe_code, describe_environment
from churn_mlops.pipelines.record import measured, metrics_of
from churn_mlops.pipelines.reproducing.bill import keep_bill
from churn_mlops.pipelines.reproducing.source import keep_source
from churn_mlops.pipelines.schedule import StageRun

_END = (
    *("churn_mlops.reports.card", "churn_mlops.reports.readiness", "churn_mlops.reports.run", "pyarrow.parquet"),
    *("churn_mlops.pipelines.alerts.changing", "churn_mlops.pipelines.alerts.sending", "churn_mlops.registry.acts"),
    *("churn_mlops.pipelines.answers", "churn_mlops.pipelines.grids.record", "churn_mlops.pipelines.status.text"),
    "churn_mlops.pipelines.status.describing",
)


class Aftermath:
    """Works in a thread of its own, one stage at a time; `finish` waits for all and raises what failed."""

    def __init__(self, project: Project, building: Building, inputs: Inputs, hiding: Hiding):
        self.building, self.inputs, self.hiding = building, inputs, hiding
        self.names = [stage.name for stage in project.stages]
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="aftermath")
        self.code = self.pool.submit(describe_code, project)  # as it is when the run starts
        self.work = [self.pool.submit(keep_source, building, inputs, hiding)]
        while_a_stage_runs = (_warm_up, ()), (keep_bill, (building, inputs)), (_import_the_end, ())
        self.work += [self.pool.submit(function, *given) for function, given in while_a_stage_runs]
        self.environment = self.pool.submit(describe_environment)

    def add(self, run: StageRun) -> Future:
        """A stage has ended; what is returned is done when nothing here will touch its files any more."""
        self.work.append(self.pool.submit(self._follow, run))
        return self.work[-1]

    def finish(self) -> None:
        """Wait until all is there."""
        for work in self.work:
            work.result()
        self.pool.shutdown()

    def _follow(self, run: StageRun) -> None:
        run.outcome = self.hiding.outcome(run.outcome, self.building.artifacts, run.outputs)
        run.status = run.outcome.status
        notebook, page = f"notebooks/{run.stage.name}.ipynb", f"pages/{run.stage.name}.html"
        _save_notebook(run.outcome.notebook, self.building.folder / notebook)
        self._draw(run, self.building.folder / page)
        if not run.outcome.failure and self.inputs.still_hold(run.stage, run.inputs):
            kept = keep_files(self.building, [notebook, page, *(f"artifacts/{name}" for name in run.outputs)])
            if any(kept[f"artifacts/{name}"] != digest for name, digest in run.outputs.items()):
                return  # another stage has written over it already
            run.result = index.Found(self.building.version, kept, measured(run), metrics_of(run))
            index.remember(self.building.runs, run.key, run.result)

    def _draw(self, run: StageRun, page: Path) -> None:
        from churn_mlops.reports.stage import render_stage

        failure = run.outcome.failure
        render_stage(
            run.outcome.notebook,
            page,
            stages=self.names,
            version=self.building.version,
            seconds=run.outcome.seconds,
            failed=asdict(failure) if failure else None,
        )


def _save_notebook(notebook, path: Path) -> None:
    """Write the executed notebook without what no two runs share: papermill's record of times and paths, random ids."""
    import nbformat

    for part in (notebook, *notebook.cells):
        part.metadata.pop("papermill", None)
        part.metadata.pop("execution", None)
        if "injected-parameters" in part.metadata.get("tags", []):
            part["id"] = "injected-parameters"
    write_text(path, nbformat.writes(notebook))


def _warm_up() -> None:
    from churn_mlops.reports.stage import warm_up

    warm_up()


def _import_the_end() -> None:
    """Load what is first used when the last stage has ended, and would be waited for then."""
    for name in _END:
        import_module(name)
