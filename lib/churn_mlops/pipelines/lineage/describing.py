"""The lineage of a run as plain values. Light: nothing here may import pandas."""

from pathlib import Path

from churn_mlops.archive.lineage import describe_lineage, digest_of, steps
from churn_mlops.archive.versions import read_manifest
from churn_mlops.registry.scored import scored_by
from churn_mlops.reports.lineage import FEATURES, KINDS, MODEL, PREDICTIONS

NAMES = {FEATURES: "features", MODEL: "model", PREDICTIONS: "predictions"}


def describe_run_lineage(runs: Path, version: str) -> dict:
    """`way`: data, features, model and predictions, each with the stages that lead to it; `stages`: all that was made.

    Raises ConfigError where there is no such version.
    """
    manifest = read_manifest(runs, version)
    lineage, data = describe_lineage(manifest), manifest.get("data") or {}
    return {
        "version": version,
        "dataset": manifest["dataset"],
        "data": {name: data.get(name) for name in ("source", "version", "oldest", "newest", "rows")},
        "model": {name: (manifest.get("model") or {}).get(name) for name in ("name", "digest")},
        "predictions": _predictions(Path(runs) / version, manifest),
        "way": [
            {"what": NAMES[artifact], "file": artifact, "sha256": digest_of(lineage, artifact), "by": by}
            for artifact, by in steps(lineage, list(KINDS))
        ],
        "stages": lineage,
    }


def _predictions(run: Path, manifest: dict) -> dict:
    """The model that scored: the run's own, or that of another run, which served on."""
    digest, version = scored_by(run, manifest)
    return {"model": digest, "version": version, "own": digest == (manifest.get("model") or {}).get("digest")}
