"""What follows a stage, made beside the next one: its page, and its result kept where later runs find it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from churn_mlops.archive.reuse import keep_files
from churn_mlops.archive.versions import Building
from churn_mlops.pipelines.cache import index
from churn_mlops.pipelines.cache.inputs import Inputs
from churn_mlops.pipelines.record import measured, metrics_of
from churn_mlops.pipelines.schedule import StageRun


class Aftermath:
    """Works in a thread of its own, one stage at a time; `finish` waits for all and raises what failed."""

    def __init__(self, building: Building, names: list[str], inputs: Inputs):
        self.building, self.names, self.inputs, self.work = building, names, inputs, []
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="pages")
        self.work.append(self.pool.submit(_import))  # while the first stage runs

    def add(self, run: StageRun) -> None:
        """Draw the page of a stage that has ended, and keep its result if it succeeded and nothing changed under it."""
        self.work.append(self.pool.submit(self._follow, run))

    def finish(self) -> None:
        """Wait until all is there."""
        for work in self.work:
            work.result()
        self.pool.shutdown()

    def _follow(self, run: StageRun) -> None:
        from churn_mlops.reports.stage import render_stage

        page = f"pages/{run.stage.name}.html"
        failure = run.outcome.failure
        render_stage(
            run.outcome.notebook,
            self.building.folder / page,
            stages=self.names,
            version=self.building.version,
            seconds=run.outcome.seconds,
            failed=asdict(failure) if failure else None,
        )
        if not failure and self.inputs.still_hold(run.stage, run.inputs):
            names = [page, f"notebooks/{run.stage.name}.ipynb", *(f"artifacts/{name}" for name in run.outputs)]
            kept = keep_files(self.building, names)
            if any(kept[f"artifacts/{name}"] != digest for name, digest in run.outputs.items()):
                return  # another stage has written over it already
            run.result = index.Found(self.building.version, kept, measured(run), metrics_of(run))
            index.remember(self.building.runs, run.key, run.result)


def _import() -> None:
    import nbconvert.exporters.templateexporter  # noqa: F401

    import churn_mlops.reports.stage  # noqa: F401
