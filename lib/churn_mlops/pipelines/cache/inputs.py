"""All that a stage's result depends on, and its digest, the key by which the result is found again.

Prose, outputs, comments and layout do not count, nor do environment variables. Equal keys: equal results.
"""

import json
import platform
import sysconfig
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.archive.digest import digest_file, digest_json
from churn_mlops.archive.remembered import Remembered
from churn_mlops.config import SIMULATOR, Config
from churn_mlops.pipelines.cache.modules import Modules, describe_module, digest_code, imported_names
from churn_mlops.pipelines.cache.packages import Packages
from churn_mlops.pipelines.parameters import RESERVED, Parameter, parse_parameters
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage, belongs, files_of
from churn_mlops.registry.champion import Champion, read_champion

SCHEMA = 1  # of the key: raised when its making changes


@dataclass(frozen=True)
class Source:
    """What a stage's notebook says before it runs: its code, its imports, its parameters."""

    cells: str  # digest of the code cells but for the one of the parameters
    imports: tuple[str, ...]
    parameters: dict[str, Parameter]


def read_source(notebook: Path) -> Source:
    """Read a notebook without executing any of it."""
    cells, imports, parameters = [], [], {}
    for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        text = "".join(cell["source"])
        imports += imported_names(text)
        if "parameters" in cell["metadata"].get("tags", []):
            parameters = parse_parameters(text, str(notebook))
        else:
            cells.append(digest_code(text))
    return Source(digest_json(cells), tuple(imports), parameters)


class Inputs:
    """Finds the inputs of stages; what it found out about files is kept under `runs/.cache/` by `save`."""

    def __init__(self, project: Project, config: Config, data: str, parameters: dict[str, dict]):
        import churn_mlops

        kept = project.runs / ".cache"
        library = Path(churn_mlops.__file__).resolve().parent.parent
        self.project, self.config, self.data, self.parameters = project, config, data, parameters
        self.files = Remembered(kept / "files.json", digest_file)
        self.sources = Remembered(kept / "modules.json", describe_module)
        folders = (project.notebooks.resolve(), project.root.resolve(), library)
        self.modules = Modules(dict.fromkeys(folders), self.sources)
        self.packages = Packages(kept / "packages.json")
        self.read = {stage: read_source(stage.notebook(project.notebooks)) for stage in project.stages}

    def of(self, stage: Stage, artifacts: dict[str, str], champion: Champion | None) -> dict:
        """The inputs of a stage, as the manifest holds them; `artifacts` are the digests of what is there for it."""
        source = self.read[stage]
        modules, outside = self.modules.closure(source.imports)
        return {
            "schema": SCHEMA,
            "cells": source.cells,
            "parameters": self._parameters(stage, source.parameters),
            "reads": self._reads(stage, artifacts) | self._files(stage),
            "watches": {name: self._watched(name, champion) for name in stage.watches} | _never_again(stage),
            "modules": modules,
            "packages": self.packages.versions(outside),
            "python": platform.python_version(),
            "platform": sysconfig.get_platform(),
        }

    def champion(self) -> Champion | None:
        """The champion of the dataset at this moment."""
        return read_champion(self.project.runs, self.config.definition.dataset.name)

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
        reads = {name: digest for name, digest in artifacts.items() if belongs(name, stage.reads)}
        declared = self.read[stage].parameters
        if "config" in declared:
            reads["config"] = digest_json(json.loads(self.config.definition.to_json()))
        if "data" in declared and self.data != SIMULATOR:
            reads["data"] = self.files[Path(self.data)]
        return reads

    def _watched(self, name: str, champion: Champion | None):
        if name == "champion":
            return champion and {"version": champion.version, "digest": champion.digest}
        if self.config.definition.dataset.source == SIMULATOR:
            return "simulated"  # the clock is the simulation's
        return f"{datetime.now(UTC):%Y-%m-%d}"


def key_of(inputs: dict) -> str:
    """The key of a stage with these inputs."""
    return digest_json(inputs)


def _never_again(stage: Stage) -> dict:
    """What the network has to say may be another thing each time, so the moment stands for it."""
    return {"network": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"} if "network" in stage.watches else {}
