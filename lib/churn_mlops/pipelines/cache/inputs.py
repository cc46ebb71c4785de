"""All that a stage's result depends on, and its digest, the key by which the result is found again.

Prose, outputs, comments and layout do not count, nor do environment variables. Equal keys: equal results.
"""

import json
import platform
import sysconfig
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.archive.digest import digest_file, digest_json
from churn_mlops.archive.last import last_data
from churn_mlops.archive.moment import present
from churn_mlops.archive.remembered import Remembered
from churn_mlops.config import SIMULATOR, Config
from churn_mlops.data.sources.places import is_url, path_of
from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.cache.imports import describe_module, digest_code, imported_names, is_empty
from churn_mlops.pipelines.cache.modules import Modules, source_folders
from churn_mlops.pipelines.cache.packages import Packages
from churn_mlops.pipelines.parameters import RESERVED, Parameter, parse_parameters
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage, belongs, files_of
from churn_mlops.registry.champion import Champion, read_champion

SCHEMA = 1  # of the key, and of what is kept about files: raised when its making changes
_EXECUTING_TAGS = {"skip-execution", "raises-exception", "injected-parameters"}  # that change what a run does


@dataclass(frozen=True)
class Source:
    """What a stage's notebook says before it runs: its code, its imports, its parameters."""

    cells: str  # digest of the code cells, in which the values of the parameters stand for nothing
    imports: tuple[str, ...]
    parameters: dict[str, Parameter]


def read_source(notebook: Path) -> Source:
    """Read a notebook without executing any of it."""
    cells, imports, parameters = [], [], {}
    for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] != "code" or is_empty(text):
            continue
        imports += imported_names(text)
        tags = set(cell["metadata"].get("tags", []))
        if "parameters" in tags:
            parameters = parse_parameters(text, str(notebook))
        code = "parameters" if "parameters" in tags else digest_code(text)
        cells.append([code, *sorted(tags & _EXECUTING_TAGS)])
    return Source(digest_json(cells), tuple(imports), parameters)


class Inputs:
    """The inputs of stages as they were when this was made, before any kernel could load what changed later.

    What was found out about files is kept under `runs/.cache/` by `save`.
    """

    def __init__(self, project: Project, config: Config, data: str, parameters: dict[str, dict], stages=None):
        kept, self.taken_ns = project.runs / ".cache", time.time_ns()
        self.project, self.config, self.data, self.parameters = project, config, data, parameters
        self.files = Remembered(kept / f"files-{SCHEMA}.json", digest_file)
        self.sources = Remembered(kept / f"modules-{SCHEMA}.json", describe_module)
        self.packages = Packages(kept / f"packages-{SCHEMA}.json")
        modules = Modules(source_folders(project.notebooks, project.root), self.sources)
        self.read = {stage: read_source(stage.notebook(project.notebooks)) for stage in stages or project.stages}
        self.behind = {stage: modules.closure(source.imports) for stage, source in self.read.items()}
        reads_data = data != SIMULATOR and any("data" in source.parameters for source in self.read.values())
        self.data_digest = digest_data(data, self.files) if reads_data else ""

    def of(self, stage: Stage, artifacts: dict[str, str], champion: Champion | None) -> dict:
        """The inputs of a stage, as the manifest holds them; `artifacts` are the digests of what is there for it."""
        source = self.read[stage]
        modules, outside = self.behind[stage]
        return {
            "schema": SCHEMA,
            "stage": stage.name,
            "writes": sorted(set(stage.writes)),
            "cells": source.cells,
            "parameters": self._parameters(stage, source.parameters),
            "reads": self._reads(stage, artifacts) | self._files(stage),
            "watches": {n: self._watched(n, champion, artifacts) for n in stage.watches} | _never_again(stage),
            "modules": modules,
            "packages": self.packages.versions({name.split(".")[0] for name in outside}),
            "python": platform.python_version(),
            "platform": sysconfig.get_platform(),
        }

    def imports_behind(self, stage: Stage) -> list[str]:
        """Every module that the stage may import, those of its helpers and within functions included, as statements."""
        modules, outside = self.behind[stage]
        own = (label.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for label in modules)
        return [f"import {name}" for name in (*sorted(outside), *sorted(own))]

    def champion(self) -> Champion | None:
        """The champion of the dataset at this moment."""
        return read_champion(self.project.runs, self.config.definition.dataset.name)

    def last_data(self) -> dict | None:
        """The data of the dataset's last run; of the simulator none, for its size is a setting."""
        dataset = self.config.definition.dataset
        return None if dataset.source == SIMULATOR else last_data(self.project.runs, dataset.name)

    def still_hold(self, stage: Stage, inputs: dict) -> bool:
        """Whether a stage that began with these inputs finds the same now: nobody has changed them meanwhile."""
        self.save()
        try:
            now = Inputs(self.project, self.config, self.data, self.parameters, (stage,))
            return now.of(stage, inputs["reads"], now.champion()) == inputs
        except (ChurnError, OSError, ValueError, KeyError, TypeError, SyntaxError):  # a notebook in the making
            return False

    def save(self) -> None:
        """Keep what was found out about files."""
        self.files.save()
        self.sources.save()

    def _files(self, stage: Stage) -> dict[str, str | None]:
        """Digests of the project's files that a stage declares, by names that no artifact has: `./configs/x.csv`."""
        root = self.project.root
        names = {*(name for name in stage.files if not name.endswith("/")), *files_of(stage.files, root)}
        return {f"./{name}": self.files[root / name] if (root / name).is_file() else None for name in sorted(names)}

    def _parameters(self, stage: Stage, declared: dict[str, Parameter]) -> dict:
        """The values that count: what was set, or else the notebook's own; those of the runner are read instead."""
        own = {name: parameter.default for name, parameter in declared.items() if name not in RESERVED}
        return own | self.parameters[stage.name]

    def _reads(self, stage: Stage, artifacts: dict[str, str]) -> dict[str, str]:
        """Digests of what is there for the stage: what it reads, and what it finds where it writes."""
        reads = {name: digest for name, digest in artifacts.items() if belongs(name, stage.reads + stage.writes)}
        declared = self.read[stage].parameters
        if "config" in declared:
            reads["config"] = digest_json(json.loads(self.config.definition.to_json()))
        if "data" in declared and self.data != SIMULATOR:
            reads["data"] = self.data_digest
        if "as_of" in declared and self.config.definition.as_of:
            reads["as_of"] = self.config.definition.as_of
        return reads

    def _watched(self, name: str, champion: Champion | None, artifacts: dict[str, str]):
        if name == "champion":
            return _as_watched(champion)
        if name == "service":
            seen = not self.config.definition.as_of and "model.json" not in artifacts
            return _log(self.project.runs / "predictions" / self.config.definition.dataset.name) if seen else None
        if name == "last_data":
            return None if self.config.definition.as_of else self.last_data()
        if name == "offers":
            file = self.config.offers_file
            return self.files[file] if file and file.is_file() else None
        if self.config.definition.as_of:
            return self.config.definition.as_of
        if self.config.definition.dataset.source == SIMULATOR:
            return "simulated"  # the clock is the simulation's
        return f"{present():%Y-%m-%d}"


def _as_watched(champion: Champion | None) -> dict | None:
    """What a stage can see of the champion; the generation stands for the moment since which it serves."""
    return champion and {name: getattr(champion, name) for name in ("version", "digest", "generation")}


def _log(folder: Path) -> str | None:
    """The newest file of the prediction log, with its size: another one where the service has answered since."""
    day = max(folder.glob("????-??-??"), default=None)
    files = sorted((path.name, path.stat().st_size) for path in day.glob("[!.]*.parquet")) if day else []
    return f"{day.name}, {digest_json(files)}" if files else None


def with_champion(inputs: dict, champion: Champion | None) -> dict:
    """The same inputs under another champion."""
    return _watching(inputs, "champion", _as_watched(champion))


def with_last_data(inputs: dict, last: dict | None) -> dict:
    """The same inputs after another run of the dataset."""
    return _watching(inputs, "last_data", last)


def _watching(inputs: dict, what: str, value) -> dict:
    watches = inputs.get("watches", {})
    return inputs | {"watches": watches | {what: value}} if what in watches else inputs


def digest_data(location: str, files: Remembered) -> str:
    """Digest of the data: of a file, of all files below a folder, or of the moment where it is a server.

    What a server holds now cannot be known to be what it held, so what reads it runs each time.
    """
    path = path_of(location)
    if path is None:
        return _moment()
    beside = [path.with_name(f"{path.name}-wal")] if is_url(location) else []  # what SQLite has yet to write into it
    beside = [other for other in beside if other.is_file()]
    if path.is_dir() or beside:
        folder = path if path.is_dir() else path.parent
        below = [path, *beside] if beside else sorted(file for file in path.rglob("*") if file.is_file())
        return digest_json({file.relative_to(folder).as_posix(): files[file] for file in below})
    return files[path]


def key_of(inputs: dict) -> str:
    """The key of a stage with these inputs."""
    return digest_json(inputs)


def _never_again(stage: Stage) -> dict:
    """What the network has to say may be another thing each time, so the moment stands for it."""
    return {"network": _moment()} if "network" in stage.watches else {}


def _moment() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"
