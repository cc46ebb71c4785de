"""All that decides what a task comes to, as one digest: data, settings, the code behind it and its packages."""

import platform
import sysconfig
from functools import cache
from pathlib import Path

from churn_mlops.archive.digest import digest_json
from churn_mlops.archive.remembered import Remembered
from churn_mlops.pipelines.cache.imports import describe_module
from churn_mlops.pipelines.cache.inputs import SCHEMA
from churn_mlops.pipelines.cache.modules import Modules, source_folders
from churn_mlops.pipelines.cache.packages import Packages
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.replay.history import History
from churn_mlops.pipelines.replay.settings import Settings

_MODULES = {kind: f"churn_mlops.pipelines.replay.{kind}ing" for kind in ("train", "look", "duel")}


class Keys:
    """The keys of one replay's tasks; a change of how one monitors leaves the trainings as they are."""

    def __init__(self, project: Project, history: History, settings: Settings):
        self.history, self.settings = history, settings
        self.code = {kind: code_behind(project, module) for kind, module in _MODULES.items()}
        self.train = cache(self._train)

    def _train(self, day: str, snapshots: int) -> str:
        """The key of a training, and so of the model that comes of it."""
        definition = self.history.definition.to_json()
        return self._key("train", self.history.version, definition, day, snapshots)

    def look(self, model: str, day: str) -> str:
        """The key of a look at the customers of a day with a model, which is named by its key."""
        return self._key("look", model, day)

    def duel(self, challenger: str, champion: str) -> str:
        """The key of a comparison."""
        return self._key("duel", challenger, champion)

    def _key(self, kind: str, *about) -> str:
        return digest_json([SCHEMA, kind, self.code[kind], self.settings.that_decide(kind), about])


def code_behind(project: Project, module: str) -> str:
    """A digest of all the project's modules that a module imports, of the packages that they need, and of Python."""
    kept = Path(project.runs) / ".cache"
    sources = Remembered(kept / f"modules-{SCHEMA}.json", describe_module)
    modules, outside = Modules(source_folders(project.notebooks, project.root), sources).closure([module])
    sources.save()
    packages = Packages(kept / f"packages-{SCHEMA}.json").versions({name.split(".")[0] for name in outside})
    return digest_json([modules, packages, platform.python_version(), sysconfig.get_platform()])
