"""A version of a trained model with all that commands read, published in a moment."""

import shutil
from pathlib import Path

from tests.registry.transfer.archives import COMPLETE

from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json, write_json
from churn_mlops.registry.gates import Gate, gates_to_json

MODEL, DESCRIPTION = "artifacts/model.skops", "artifacts/model.json"
CONFIG = '[dataset]\nname = "people"\nsource = "people.csv"\nid = "id"\ntarget = "gone"\n'


def save_gates(made: Path) -> None:
    gate = Gate("calibrated", True, 0.01, 0.05, "calibrated")
    write_json(made / "gates.json", gates_to_json([gate]))


def publish(runs: Path, made: Path) -> str:
    """A version of the trained model with all that commands read."""
    building = versions.begin(runs)
    shutil.copytree(made, building.artifacts, dirs_exist_ok=True)
    (building.folder / "config.toml").write_text(CONFIG)
    write_json(building.folder / "metrics.json", {"schema": 1, "roc_auc": 0.8})
    write_json(building.folder / "parameters.json", {"03_train": {"seed": 1}})
    digest = digest_file(building.folder / MODEL)
    stage = {"name": "03_train", "title": "Train", "status": "succeeded", "seconds": 1.0, "cells": 1, "cells_run": 1}
    told = {"dataset": "people", "status": "succeeded", "author": "Ann <ann@shop.example>", "experiment": False}
    gates = read_json(building.artifacts / "gates.json")
    facts = {"model": {"digest": digest, "name": "boosted"}, "gates": gates, "stages": [stage], "alerts": []}
    code = {"code": {"library": "", "git_commit": None, "git_dirty": False, "notebooks": {}}, "error": None}
    versions.publish(building, COMPLETE | told | facts | code)
    return building.version
