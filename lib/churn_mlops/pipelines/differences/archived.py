"""One archived run as it is compared: its records and executed notebooks, with what older ones lack left empty.

Light: nothing here may import pandas or nbformat.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.archive.versions import read_manifest, read_metrics
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.parameters import parse_parameters

PLACES = ("run_dir", "runs_dir")  # each run has its own


@dataclass(frozen=True)
class Archived:
    """A version of the archive, read when asked."""

    runs: Path
    version: str

    @cached_property
    def manifest(self) -> dict:
        """The whole manifest."""
        return read_manifest(self.runs, self.version)

    @cached_property
    def metrics(self) -> dict:
        """The metrics by flat name."""
        return read_metrics(self.runs, self.version)

    @cached_property
    def config(self) -> str:
        """The text of the dataset definition."""
        path = Path(self.runs) / self.version / "config.toml"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @cached_property
    def stages(self) -> dict[str, dict]:
        """What the manifest says of each stage, by name and in order."""
        return {stage["name"]: stage for stage in self.manifest.get("stages") or []}

    @cached_property
    def given(self) -> dict[str, dict]:
        """What each stage was given."""
        path = Path(self.runs) / self.version / "parameters.json"
        return read_json(path) if path.is_file() else self.manifest.get("parameters") or {}

    @cached_property
    def artifacts(self) -> dict[str, str]:
        """Digest of each artifact, by its path in the run's artifacts."""
        files = self.manifest.get("files") or {}
        prefix = "artifacts/"
        return {path.removeprefix(prefix): f["sha256"] for path, f in files.items() if path.startswith(prefix)}

    @cached_property
    def notebooks(self) -> dict[str, dict]:
        """The executed notebooks, by stage; a stage that did not run has none."""
        folder = Path(self.runs) / self.version / "notebooks"
        paths = {name: folder / f"{name}.ipynb" for name in self.stages}
        return {name: read_json(path) for name, path in paths.items() if path.is_file()}

    def facts(self, key: str) -> dict:
        """A table of the manifest that may be null or absent, such as `data`."""
        return self.manifest.get(key) or {}

    def inputs(self, stage: str, key: str) -> dict | None:
        """A table of a stage's recorded inputs; None where the run recorded none."""
        return (self.stages.get(stage, {}).get("inputs") or {}).get(key)

    def cells_digest(self, stage: str) -> str | None:
        """Digest of a stage's code cells, which is known of stages that did not run, too."""
        recorded = self.facts("code").get("notebooks") or {}
        return recorded.get(stage) or self.inputs(stage, "cells")

    def defaults(self, stage: str) -> dict:
        """What the parameters cell of the executed notebook says, before anything was set."""
        cells = self.notebooks.get(stage, {}).get("cells", [])
        for cell in cells:
            if "parameters" in cell.get("metadata", {}).get("tags", []):
                try:
                    declared = parse_parameters("".join(cell["source"]), stage)
                except (ConfigError, SyntaxError, ValueError):
                    return {}
                return {name: parameter.default for name, parameter in declared.items()}
        return {}


def in_both(old: Archived, new: Archived) -> list[str]:
    """The stages that both runs have, in order."""
    return [name for name in old.stages if name in new.stages]


def parameters_of(run: Archived, other: Archived, stage: str) -> dict:
    """The values that a stage ran, or would have run, with; where its notebook did not run, `other` has the same."""
    defaults = run.defaults(stage)
    if not defaults and run.cells_digest(stage) == other.cells_digest(stage):
        defaults = other.defaults(stage)
    values = defaults | (run.inputs(stage, "parameters") or {}) | run.given.get(stage, {})
    return {name: value for name, value in values.items() if name not in PLACES}
