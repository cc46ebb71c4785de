"""A run with all four things that a lineage names, in a manifest as small as may be."""

import pytest
from tests.archive.test_lineage import stage

from churn_mlops.archive.files import write_json

VERSION = "20261128-160927-9b72a6"


def make_manifest(**changes):
    stages = [
        stage("01_data", {"config": "c" * 64, "data": "d" * 64}, {"tables/rows.parquet": "1" * 64}, seconds=2.0),
        stage("02_features", {"tables/rows.parquet": "1" * 64}, {"features.parquet": "2" * 64}, seconds=3.0),
        stage("03_train", {"features.parquet": "2" * 64}, {"model.skops": "3" * 64}, seconds=4.5),
        stage("035_aside", {"tables/rows.parquet": "1" * 64}, {"chart.svg": "5" * 64}, seconds=0.5),
        stage("05_deploy", {"model.skops": "3" * 64}, {"scores.parquet": "4" * 64}, champion="0" * 64, seconds=1.0),
    ]
    return {
        "version": VERSION, "dataset": "shop", "status": "succeeded", "stages": stages, "error": None,
        "started": "2026-11-28T16:00:00Z", "finished": "2026-11-28T16:00:12Z",
        "data": {"source": "shop.csv", "version": "e" * 64, "oldest": "2025-01-01", "newest": "2026-10-31",
                 "rows": 900},
        "model": {"name": "boosted", "digest": "3" * 64},
        "files": {"artifacts/model.skops": {"sha256": "3" * 64, "bytes": 1234}}, **changes,
    }  # fmt: skip


@pytest.fixture
def manifest():
    return make_manifest()


@pytest.fixture
def runs(tmp_path, manifest):
    """An archive with that run, whose list its own model has made."""
    folder = tmp_path / "runs" / VERSION
    write_json(folder / "manifest.json", manifest)
    write_json(folder / "artifacts" / "example.json", {"digest": "3" * 64})
    return tmp_path / "runs"
