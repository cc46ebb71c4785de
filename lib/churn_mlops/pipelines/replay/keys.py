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
        self.code = code_behind(project, _MODULES)
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


def code_behind(project: Project, modules: dict[str, str]) -> dict[str, str]:
    """For each module a digest of all of the project's that it imports, of the packages they need, and of Python."""
    kept = Path(project.runs) / ".cache"
    sources = Remembered(kept / f"modules-{SCHEMA}.json", describe_module)
    known = Modules(source_folders(project.notebooks, project.root), sources)
    closures = {name: known.closure([module]) for name, module in modules.items()}
    sources.save()
    packages = Packages(kept / f"packages-{SCHEMA}.json")
    return {name: _digest(own, packages, outside) for name, (own, outside) in closures.items()}


def _digest(own: dict[str, str], packages: Packages, outside: set[str]) -> str:
    needed = packages.versions({name.split(".")[0] for name in outside})
    return digest_json([own, needed, platform.python_version(), sysconfig.get_platform()])
