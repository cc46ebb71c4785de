"""The small trained model as a champion, and tables for it."""

import shutil

import numpy as np
import pandas as pd
import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.config import Policy
from churn_mlops.registry.acts import promote_model
from churn_mlops.registry.registering import record_runs
from churn_mlops.serving.batch import Asked, score_file
from churn_mlops.serving.batch.model import load_scorer


def publish(trained, runs, status="succeeded"):
    """The trained model as a version of an archive, and champion where it may be; returns the version."""
    building = versions.begin(runs)
    shutil.copytree(trained, building.artifacts, dirs_exist_ok=True)
    digest = digest_file(building.artifacts / "model.skops")
    gates = [{"name": "calibrated", "passed": True}]
    manifest = {"dataset": "people", "status": status, "model": {"digest": digest, "name": "boosted"}, "gates": gates}
    beside = {"verdict": "Succeeded", "author": "Ann <ann@shop.example>", "experiment": False, "alerts": []}
    versions.publish(building, manifest | beside)
    if status == "succeeded":
        record_runs(runs, "people")
        promote_model(runs, "people", building.version, Policy(), 0)
    return building.version


@pytest.fixture(scope="session")
def published(trained, tmp_path_factory):
    """(runs, version) of an archive whose champion is the trained model."""
    runs = tmp_path_factory.mktemp("scored") / "runs"
    return runs, publish(trained, runs)


@pytest.fixture(scope="session")
def scorer(published):
    return load_scorer(*published)


@pytest.fixture
def score(scorer, tmp_path):
    """Score what stands somewhere into a file; returns what was told and the table."""

    def scored(location, name="scores.parquet", with_scorer=scorer, **asked):
        output = tmp_path / "out" / name
        told = score_file(with_scorer, Asked(str(location), output, **asked))
        read = pd.read_parquet if output.suffix == ".parquet" else pd.read_csv
        return told, read(output)

    return scored


def customers(rows=400, seed=1):
    """Customers of the next month, as the model's data has them, without the target."""
    rng = np.random.default_rng(seed)
    plans = rng.choice(["basic", "plus", None], rows)
    table = pd.DataFrame({"id": [f"n{n:05}" for n in range(rows)], "spend": rng.normal(size=rows), "plan": plans})
    return table.assign(spend=table["spend"].mask(rng.random(rows) < 0.1))
