"""The logs of what stages open: made before their kernels, read when these have ended, gone before publication."""

import json
import shutil
import sys
from pathlib import Path

import churn_mlops
from churn_mlops.archive.versions import MANIFEST, Building, versions
from churn_mlops.data.sources.places import path_of
from churn_mlops.pipelines.cache.inputs import Inputs
from churn_mlops.pipelines.cluster import endpoints
from churn_mlops.pipelines.kernels import watch
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.request import Request
from churn_mlops.pipelines.stage import Stage
from churn_mlops.pipelines.undeclared import Declared, Undeclared, find_undeclared, free_folders
from churn_mlops.registry.champion import Champion


class Watching:
    """The watch over the kernels of one run."""

    def __init__(self, project: Project, request: Request, inputs: Inputs, building: Building):
        self.project, self.request, self.inputs, self.building = project, request, inputs, building
        self.root, self.runs = project.root.resolve(), project.runs.resolve()
        self.logs = building.folder / ".watch"
        self.logs.mkdir()

    def begin(self, stage: Stage) -> dict[str, str]:
        """What the environment of a stage's kernel must say for its watch to begin; the log is a new one."""
        log = self._log(stage)
        log.unlink(missing_ok=True)  # that of a try before, whose kernel may still be ending
        log.touch()
        return {watch.VARIABLE: json.dumps([str(log), str(self.root), str(self.runs)])}

    def end(self, stage: Stage, inputs: dict, notebook, champion: Champion | None) -> list[Undeclared]:
        """What the stage opened and does not declare, by its log; `notebook` is the executed one."""
        lines = self._log(stage).read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines if line.endswith("}")]  # the last may have been cut by a kill
        return find_undeclared(events, self._declared(stage, inputs, champion), cell_numbers(notebook))

    def close(self) -> None:
        """Remove the logs."""
        shutil.rmtree(self.logs, ignore_errors=True)

    def _log(self, stage: Stage) -> Path:
        return (self.logs / f"{stage.name}.jsonl").resolve()

    def _declared(self, stage: Stage, inputs: dict, champion: Champion | None) -> Declared:
        taken = self.inputs.read[stage].parameters
        known = {"config": self.request.config.path, "data": path_of(self.request.located)}
        known = {name: str(Path(path).resolve()) for name, path in known.items() if path}
        own = [self.root / name for name in stage.files]
        own += [self.root / ".env"] if "data" in taken else []  # where the password of a database may stand
        folders = [path for path, name in zip(own, stage.files, strict=False) if name.endswith("/")]
        if "data" in taken and "data" in known:
            folders.append(Path(known["data"]))  # also where it is a file, below which there is nothing
        if "champion" in stage.watches:
            folders.append(self.runs / "registry" / self.request.config.definition.dataset.name)
            folders += [self.runs / champion.version] if champion else []
        if self.request.scheduler:
            folders.append(Path(churn_mlops.__file__).parent)  # all of it is held against that of the workers
        if "service" in stage.watches:
            folders.append(self.runs / "predictions" / self.request.config.definition.dataset.name)
        if "offers" in stage.watches and self.request.config.offers_file:
            own.append(self.request.config.offers_file)
        manifests = (
            [self.runs / version / MANIFEST for version in versions(self.runs)] if "last_data" in stage.watches else []
        )
        return Declared(
            stage=stage,
            root=self.root,
            runs=self.runs,
            artifacts=self.building.artifacts.resolve(),
            others=tuple(name for other in self.project.stages if other != stage for name in other.writes),
            modules=frozenset(inputs.get("modules", ())),
            sources=self._sources(),
            files=frozenset(
                {*(known[name] for name in known if name in taken), *(str(p.resolve()) for p in (*own, *manifests))}
            ),
            folders=tuple(str(folder.resolve()) for folder in folders),
            free=free_folders(self.root, self.runs, (sys.prefix, sys.base_prefix)),
            known=tuple((path, name) for name, path in known.items()),
            addresses=endpoints(self.request.scheduler),
        )

    def _sources(self) -> tuple[str, ...]:
        """The folders that modules are imported from; a stage's key names them by their paths below one of these."""
        library = Path(churn_mlops.__file__).parent.parent
        folders = {self.root, self.project.notebooks, library, *(Path(entry) for entry in sys.path if entry)}
        return tuple({str(folder.resolve()) for folder in folders})


def cell_numbers(notebook) -> dict[int, int]:
    """The number of each code cell, from 1, by the kernel's count, which leaves out what it did not run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {cell.execution_count: number for number, cell in enumerate(code, 1) if cell.get("execution_count")}
