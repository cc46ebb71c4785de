"""The pages of a run, made beside the stages: a stage's page while the next one runs."""

from concurrent.futures import ThreadPoolExecutor

from churn_mlops.archive.versions import Building
from churn_mlops.pipelines.schedule import StageRun


class Renderer:
    """Renders in a thread of its own, one page at a time; `finish` waits for all and raises what failed."""

    def __init__(self, building: Building, names: list[str]):
        self.building, self.names, self.pages = building, names, []
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="pages")

    def stage(self, run: StageRun) -> None:
        """Render the page of a stage that has ended, or of one that has not run."""
        self.pages.append(self.pool.submit(self._stage, run))

    def warm(self) -> None:
        """Import what rendering needs, while the first stage runs."""
        self.pages.append(self.pool.submit(_import))

    def _stage(self, run: StageRun) -> None:
        from dataclasses import asdict

        from churn_mlops.reports.stage import render_stage

        failure = run.outcome.failure
        render_stage(
            run.outcome.notebook,
            self.building.folder / "pages" / f"{run.stage.name}.html",
            stages=self.names,
            version=self.building.version,
            seconds=run.outcome.seconds,
            failed=asdict(failure) if failure else None,
        )

    def finish(self) -> None:
        """Wait until every page is there."""
        for page in self.pages:
            page.result()
        self.pool.shutdown()


def _import() -> None:
    import nbconvert.exporters.templateexporter  # noqa: F401

    import churn_mlops.reports.stage  # noqa: F401
