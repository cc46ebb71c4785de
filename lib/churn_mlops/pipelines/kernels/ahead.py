"""The process of the kernels, started before it is known what they need: it gets ready beside the run's planning."""

from churn_mlops.pipelines.kernels.forked import Template, start_template
from churn_mlops.pipelines.project import Project, prepare_environment, set_environment
from churn_mlops.pipelines.stage import Stage


class Ahead:
    """Owns the template until it is taken over; as a context manager it leaves none behind."""

    def __init__(self, project: Project):
        self.project, self.template = project, None

    def start(self) -> None:
        """Start it; nothing is written yet, because the run may be refused."""
        set_environment(self.project.runs / ".cache")
        self.template = start_template()

    def load(self, stage: Stage) -> None:
        """Have it load what the stage imports of what is installed.

        The project's own files are read for the stages' keys first: one that is edited just now must not be loaded as
        it was and noted as it is.
        """
        from churn_mlops.pipelines.cache.modules import source_folders
        from churn_mlops.pipelines.kernels.imports import installed_imports

        prepare_environment(self.project.runs / ".cache")
        if self.template:
            own = source_folders(self.project.notebooks, self.project.root)
            self.template.load(installed_imports(stage.notebook(self.project.notebooks), own))

    def take(self) -> Template | None:
        """Hand it over."""
        template, self.template = self.template, None
        return template

    def __enter__(self):
        return self

    def __exit__(self, *_):
        template = self.take()
        if template:
            template.close()
