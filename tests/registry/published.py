"""Runs as the runner publishes them, in a few milliseconds: a model, gates, an author."""

from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import write_json
from churn_mlops.config import Policy
from churn_mlops.registry.acts import promote_model
from churn_mlops.registry.champion import MODEL, read_champion
from churn_mlops.registry.registering import record_runs

AUTHOR = "Ann <ann@shop.example>"
PASSED = [{"name": "calibrated", "passed": True}, {"name": "ranks no worse", "passed": True}]


def publish(runs, model=b"model", dataset="shop", record=True, files=(), metrics=None, **changes):
    """A published run of a dataset, on record unless told otherwise, with more `files`; returns its version."""
    building = versions.begin(runs)
    (building.folder / MODEL).write_bytes(model)
    (building.folder / "artifacts/signature.json").write_text("{}")
    for name, content in dict(files).items():
        (building.folder / name).write_bytes(content)
    write_json(building.folder / "metrics.json", metrics or {"schema": 1, "roc_auc": 0.8, "profit": 1200.0})
    manifest = {
        "dataset": dataset,
        "status": "succeeded",
        "verdict": "Succeeded",
        "author": AUTHOR,
        "experiment": False,
        "model": {"digest": digest_file(building.folder / MODEL), "name": "boosted"},
        "data": {"source": "shop.csv", "version": "d" * 64, "oldest": None, "newest": "2026-10-31", "rows": 9},
        "gates": PASSED,
        "alerts": [],
        "retraining": {"needed": False, "reasons": []},
        **changes,
    }
    versions.publish(building, manifest)
    if record:
        record_runs(runs, dataset)
    return building.version


def serve(runs, model, **changes):
    """Publish a run and make it champion; returns its version."""
    version = publish(runs, model, **changes)
    champion = read_champion(runs, "shop")
    promote_model(runs, "shop", version, Policy(), champion.generation if champion else 0)
    return version
