"""What `runs` answers of small archives, made through the archive's and the registry's own doors."""

import json
import subprocess
import sys

import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.files import write_bytes, write_json
from churn_mlops.pipelines.answers import describe_runs, headline_metrics, runs_table
from churn_mlops.registry.champion import promote

DIGEST = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"  # SHA-256 of b"model"
COMMIT, LIBRARY, DATA = "c0ffee" * 7, "11b" * 20, "da7a" * 16
CODE = {"git_commit": COMMIT, "git_dirty": False, "library": LIBRARY}


def test_before_the_first_run_the_answer_names_the_command_that_makes_one(tmp_path):
    assert describe_runs(tmp_path) == []
    assert runs_table([]) == "No run yet. Cure: python pipeline.py"


def test_an_archive_that_does_not_exist_is_an_archive_without_runs_and_stays_unmade(tmp_path):
    assert describe_runs(tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


def test_each_dataset_has_a_champion(archive, tmp_path):
    archive(dataset="bank", champion=1)
    archive(dataset="shop", champion=1)
    assert [row["champion"] for row in describe_runs(tmp_path)] == [True, True]


def test_every_answer_can_be_written_as_json_and_comes_back_equal(archive, tmp_path):
    archive(dataset="bank", champion=1, metrics={"roc_auc": 0.8, "profit": 3})
    add_failed_run(archive)
    answer = describe_runs(tmp_path)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


@pytest.fixture
def archive(tmp_path):
    """Publishes a run and, on demand, makes it champion."""
    return lambda **facts: add_run(tmp_path, **facts)


def add_run(runs, dataset="shop", *, champion=0, metrics=None, source="shop.csv", newest=None, code=None, **manifest):
    """Publish a run; with `champion` it becomes the champion of that generation. Returns its version."""
    building = versions.begin(runs)
    write_bytes(building.artifacts / "model.skops", b"model")
    write_json(building.folder / "metrics.json", {"schema": versions.SCHEMA, **(metrics or {})})
    facts = {
        "version": building.version,
        "dataset": dataset,
        "status": "succeeded",
        "verdict": "Succeeded",
        "finished": "2026-03-01T08:00:00Z",
        "seconds": 12.34,
        "data": {"source": source, "version": DATA, "newest": newest, "rows": 9},
        "model": {"name": "boosted", "digest": DIGEST},
        "code": CODE | (code or {}),
        "alerts": [],
    }
    versions.publish(building, facts | manifest)
    if champion:
        promote(runs, dataset, building.version, DIGEST, champion - 1, "2026-03-01T08:00:01Z")
    return building.version


def add_failed_run(archive, dataset="shop"):
    nothing = dict.fromkeys(("data", "model", "alerts"))
    verdict = "Failed in 01_data; the champion stays as it was"
    return archive(dataset=dataset, status="failed", verdict=verdict, **nothing)


def test_runs_are_an_aligned_table_newest_first_with_a_star_at_the_champion(archive, tmp_path):
    one = archive(champion=1, metrics={"roc_auc": 0.81234, "profit": -1234.5}, verdict="Succeeded: became champion")
    two = add_failed_run(archive)
    assert runs_table(describe_runs(tmp_path)).splitlines() == [
        "version                 dataset  ROC AUC  profit  seconds  verdict",
        f"{two}  shop     -        -       12.3     Failed in 01_data; the champion stays as it was",
        f"{one}  shop     0.812    -1,234  12.3     Succeeded: became champion *",
        "",
        "* champion now",
    ]


def test_the_star_is_explained_only_where_there_is_one(archive, tmp_path):
    archive()
    assert "champion now" not in runs_table(describe_runs(tmp_path))


@pytest.mark.parametrize(
    ("metrics", "lines"),
    [
        ({}, []),
        ({"rows": 9, "roc_auc": None}, []),
        ({"roc_auc": 0.81234}, ["ROC AUC                0.812"]),
        (
            {"roc_auc": 0.8, "roc_auc_low": 0.75, "roc_auc_high": 0.85, "naive_roc_auc": 0.5},
            ["ROC AUC                0.800  (0.750 to 0.850)   naive 0.500"],
        ),
        ({"profit": -1200.4, "champion_profit": 900}, ["Profit                -1,200   champion 900"]),
        ({"roc_auc": 0.8, "best_possible_roc_auc": 0.9}, ["ROC AUC                0.800   best possible 0.900"]),
        ({"profit": 1, "brier": 0.1}, ["Brier score           0.1000", "Profit                     1"]),
    ],
)
def test_headlines_have_an_interval_and_what_they_are_compared_with_where_known(metrics, lines):
    assert headline_metrics(metrics) == lines


def test_answers_need_nothing_heavy():
    heavy = "{'pandas', 'numpy', 'papermill', 'matplotlib', 'sklearn'}"
    program = f"import sys, churn_mlops.pipelines.answers; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
