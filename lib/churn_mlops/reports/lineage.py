"""The drawing of a run's lineage: data, features, model, predictions, and the stages that lead from one to the next."""

from pathlib import Path

from churn_mlops.archive.lineage import describe_lineage, digest_of, gathered, steps
from churn_mlops.registry.scored import scored_by
from churn_mlops.reports.formats import is_number, moment, number, segment, stage_title

FEATURES, MODEL, PREDICTIONS = "features.parquet", "model.skops", "scores.parquet"
KINDS = {FEATURES: "Features", MODEL: "Model", PREDICTIONS: "Predictions"}


def draw_lineage(run: Path, manifest: dict, metrics: dict) -> dict:
    """What the template draws: `flow`, nodes with the stages that lead to each, and `files`, stage by stage.

    A node has `kind`, `value`, `says`, `digest` and `by`, stages with their pages. Nothing but the manifest and two
    small files of the run are read.
    """
    lineage = describe_lineage(manifest)
    made = steps(lineage, list(KINDS))
    flow = [_data(manifest)] if made else []
    for artifact, stages in made:
        told = _SAYS[artifact](run, manifest, metrics)
        digest = digest_of(lineage, artifact)
        flow.append({"kind": KINDS[artifact], **told, "digest": digest, "by": [_stage(run, name) for name in stages]})
    return {"flow": flow, "files": [_files(run, one) for one in lineage]}


def _data(manifest: dict) -> dict:
    data = manifest.get("data") or {}
    oldest, newest, rows = (data.get(name) for name in ("oldest", "newest", "rows"))
    days = f"{moment(oldest)} to {moment(newest)}" if oldest and newest else "without dates"
    said = f"{days}, {number(rows)} rows" if is_number(rows) else days
    source = str(data.get("source") or "unknown")
    return {"kind": "Data", "value": source, "says": said, "digest": data.get("version"), "by": []}


def _features(run: Path, manifest: dict, metrics: dict) -> dict:
    rows = metrics.get("train_rows")
    said = f"{number(rows)} rows to learn from" if is_number(rows) else ""
    return {"value": f"{number(metrics.get('features'))} columns", "says": said}


def _model(run: Path, manifest: dict, metrics: dict) -> dict:
    auc = metrics.get("roc_auc")
    said = f"ROC AUC {number(auc)} on what it had not seen" if is_number(auc) else ""
    return {"value": str((manifest.get("model") or {}).get("name") or "model"), "says": said}


def _predictions(run: Path, manifest: dict, metrics: dict) -> dict:
    """How many, and by which model: where another serves, the list is that one's."""
    digest, version = scored_by(run, manifest)
    other = bool(digest) and digest != (manifest.get("model") or {}).get("digest")
    said = f"by the champion of {version}, not by this model" if other else "by this model"
    return {"value": f"{number(metrics.get('scored_rows'))} customers", "says": said}


_SAYS = {FEATURES: _features, MODEL: _model, PREDICTIONS: _predictions}


def _stage(run: Path, name: str) -> dict:
    there = (run / "pages" / f"{name}.html").is_file()
    return {"title": stage_title(name), "href": f"pages/{segment(name)}.html" if there else None}


def _files(run: Path, one: dict) -> dict:
    reads = [(stage_title(maker), gathered(files)) for maker, files in one["reads"].items()]
    return {**_stage(run, one["stage"]), "reads": reads, "writes": gathered(one["writes"])}
