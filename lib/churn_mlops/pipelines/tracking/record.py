"""What an MLflow server is told of a run: read from its version in the archive, where no secret stands any more.

Rows of customers are not among it: no tables, no scores, no pages of stages.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.archive.scraps import read_figures
from churn_mlops.archive.versions import METRICS

VALUE, NAME = 500, 250  # characters that every MLflow server takes in a parameter's value and in a name
VERSION, PARENT = "churn.version", "mlflow.parentRunId"
# Files of a version that are sent, and the folder that they go to.
FILES = {
    "": ("index.html", "manifest.json", "config.toml", "model_card.html", "model_card.md", "readiness.html"),
    "model": ("model.skops", "model.json", "signature.json"),
    "results": (
        *("evaluation.json", "money.json", "comparison.json", "gates.json", "stability.json", "alerts.json"),
        *("trials.parquet", "slices.parquet", "importance.parquet", "effects.parquet"),
    ),
}


@dataclass(frozen=True)
class Trial:
    """One trial of the search, as a run within the run."""

    name: str
    status: str  # FINISHED, KILLED (pruned) or FAILED
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]


@dataclass(frozen=True)
class Record:
    """A run in MLflow's words; times in milliseconds since 1970."""

    experiment: str
    name: str
    status: str  # FINISHED or FAILED
    started: int
    finished: int
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    files: list[tuple[Path, str]] = field(default_factory=list)  # file, folder it goes to
    figures: dict[str, str] = field(default_factory=dict)  # name -> SVG
    trials: list[Trial] = field(default_factory=list)


def read_record(folder: Path) -> Record:
    """The record of a version, succeeded or failed."""
    from churn_mlops.pipelines.tracking.trials import read_trials

    manifest = read_json(folder / "manifest.json")
    return Record(
        manifest["dataset"],
        manifest["version"],
        "FINISHED" if manifest["status"] == "succeeded" else "FAILED",
        _milliseconds(manifest["started"]),
        _milliseconds(manifest["finished"]),
        _params(manifest),
        numbers(read_json(folder / METRICS), without=("schema",)),
        _tags(manifest),
        list(_files(folder)),
        _figures(folder),
        read_trials(folder / "artifacts" / "trials.parquet", manifest["version"]),
    )


def shortened(value, limit: int = VALUE) -> str:
    """A value as text that is not too long for a server."""
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def numbers(values: dict, without: tuple[str, ...] = ()) -> dict[str, float]:
    """The finite numbers among named values; a server takes nothing else for a metric."""
    known = ((name, value) for name, value in values.items() if name not in without)
    return {
        shortened(name, NAME): float(value)
        for name, value in known
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _params(manifest: dict) -> dict[str, str]:
    """Every parameter of every stage that has begun, as `train.seed`."""
    found = {}
    for stage in manifest["stages"]:
        key = stage["name"].partition("_")[2] or stage["name"]
        for name, value in stage["inputs"].get("parameters", {}).items():
            found[shortened(f"{key}.{name}", NAME)] = shortened(value)
    return found


def _tags(manifest: dict) -> dict[str, str]:
    code, data, model = manifest["code"], manifest["data"] or {}, manifest["model"] or {}
    known = {
        VERSION: manifest["version"],
        "churn.verdict": manifest["verdict"],
        "churn.experiment": str(manifest["experiment"]).lower(),
        "churn.as_of": manifest["as_of"],
        "churn.data_version": data.get("version"),
        "churn.model_digest": model.get("digest"),
        "churn.model": model.get("name"),
        "churn.seal": manifest.get("seal"),
        "churn.error": (manifest["error"] or {}).get("message"),
        "mlflow.note.content": manifest["verdict"],
        "mlflow.source.name": "pipeline.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": code.get("git_commit"),
    }
    return {name: shortened(value) for name, value in known.items() if value}


def _files(folder: Path):
    for place, names in FILES.items():
        for name in names:
            path = folder / name if not place else folder / "artifacts" / name
            if path.is_file():
                yield path, place


def _figures(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        found |= read_figures(read_json(path))
    return found


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
