"""Runs of the small trained model, published with pages and registered, as the runner leaves them."""

import shutil
from pathlib import Path

import nbformat
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.registry.published import AUTHOR, PASSED

from churn_mlops.archive import versions
from churn_mlops.archive.files import read_json, write_json, write_text
from churn_mlops.registry.registering import record_runs
from churn_mlops.reports import render_run, render_stage

NAMES = ["03_train", "05_deploy"]
TRAIN = (
    "seed: int = 0  # of the models",
    "import math",
    "cv = models.cross_validate(candidates)",
    "%time pass",
    "model = models.fit_calibrated(chosen)\nmodel",
    "save_trained(run_dir, model)",
)
SCORES = [
    {"id": "c1", "probability": 0.75, "decision": "contact", "expected_profit": 12.5, "reason_1": "spend is high (3)"},
    {"id": "a/b", "probability": 0.25, "decision": "leave", "expected_profit": float("nan"), "reason_1": ""},
]


@pytest.fixture(autouse=True)
def ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)


def executed(*cells):
    code = [nbformat.v4.new_code_cell(source, execution_count=n) for n, source in enumerate(cells, 1)]
    code[0].metadata["tags"] = ["parameters"]
    return nbformat.v4.new_notebook(cells=code)


@pytest.fixture
def archive(tmp_path, trained):
    """Publishes a run with the small model, whose list has `scores` by the model with `scored_by`."""
    return lambda **asked: add_run(tmp_path / "runs", Path(trained), **asked)


def add_run(runs, trained, scores=SCORES, scored_by=None, before=None, model=None, ids=None, **changes):
    building = versions.begin(runs)
    for path in trained.iterdir():
        if path.is_file():
            shutil.copy(path, building.artifacts / path.name)
    if model:
        (building.artifacts / "model.skops").write_bytes(model)
    digest = versions.digest_file(building.artifacts / "model.skops")
    rows = [{**row, "id": ids[n] if ids else row["id"], "contribution_1": 1.5} for n, row in enumerate(scores)]
    parquet.write_table(pa.Table.from_pylist(rows), building.artifacts / "scores.parquet")
    write_json(building.artifacts / "example.json", {"digest": scored_by or digest, "request": None})
    write_json(building.artifacts / "promotion.json", {"promoted": True, "champion_before": before})
    write_text(building.folder / "config.toml", '[dataset]\nname = "people"\n')
    stages = [stage("03_train", {"model.skops": digest}), stage("05_deploy", {"scores.parquet": "s"})]
    manifest = {
        "version": building.version, "dataset": "people", "status": "succeeded", "verdict": "Succeeded",
        "author": AUTHOR, "experiment": False,
        "started": "2026-11-28T16:00:00Z", "finished": "2026-11-28T16:01:00Z", "seconds": 60.0,
        "stages": stages, "model": {"digest": digest, "name": "boosted"}, "gates": PASSED, "alerts": [],
        "data": read_json(building.artifacts / "data_version.json") | {"oldest": "2025-01-01", "newest": "2026-10-31"},
        "retraining": {"needed": False, "reasons": []}, **changes,
    }  # fmt: skip
    for name, cells in zip(NAMES, (TRAIN, ("top: int = 20", "scores = score()")), strict=True):
        nbformat.write(executed(*cells), building.folder / "notebooks" / f"{name}.ipynb")
        render_stage(executed(*cells), building.folder / "pages" / f"{name}.html", stages=NAMES, version="", seconds=1)
    write_json(building.folder / "metrics.json", {"schema": 1})
    render_run(building.folder, manifest, {})
    versions.publish(building, manifest)
    record_runs(runs, "people")
    return building.version


def stage(name, outputs):
    return {"name": name, "status": "succeeded", "seconds": 1.0, "cells": 6, "cells_run": 6, "outputs": outputs}
