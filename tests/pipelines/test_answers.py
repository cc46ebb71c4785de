"""What `runs` and `status` answer of small archives, made through the archive's and the registry's own doors."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.files import write_bytes, write_json
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.answers import describe_runs, describe_status, headline_metrics, runs_table, status_text
from churn_mlops.registry.champion import promote

DIGEST = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"  # SHA-256 of b"model"
COMMIT, LIBRARY, DATA = "c0ffee" * 7, "11b" * 20, "da7a" * 16
CODE = {"git_commit": COMMIT, "git_dirty": False, "library": LIBRARY}
OLD = {"name": "data_age", "severity": "warning", "message": "The newest data is 50 days old.", "cause": "", "cure": ""}
MOVED = {"name": "drift", "severity": "critical", "message": "3 columns have moved.", "cause": "", "cure": ""}


def ago(days: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}"


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


def test_before_the_first_run_both_answers_name_the_command_that_makes_one(tmp_path):
    assert describe_runs(tmp_path) == []
    assert describe_status(tmp_path) == {"last_run": None, "datasets": {}}
    texts = runs_table([]), status_text(describe_status(tmp_path))
    assert texts == ("No run yet. Cure: python pipeline.py",) * 2


def test_an_archive_that_does_not_exist_is_an_archive_without_runs_and_stays_unmade(tmp_path):
    assert describe_runs(tmp_path / "none") == []
    assert describe_status(tmp_path / "none")["last_run"] is None
    assert not (tmp_path / "none").exists()


def test_where_one_run_has_failed_and_no_other_was_there_is_no_champion_and_nothing_was_monitored(archive, tmp_path):
    version = add_failed_run(archive)
    answer = describe_status(tmp_path)
    assert (answer["last_run"]["version"], answer["last_run"]["status"]) == (version, "failed")
    assert answer["datasets"] == {"shop": {"champion": None, "alerts": None}}
    assert status_text(answer).splitlines() == [
        f"Last run    {version} (shop), 2026-03-01T08:00:00Z: Failed in 01_data; the champion stays as it was",
        "",
        "shop",
        "  Champion  none yet",
        "  Alerts    not monitored yet",
    ]


def test_a_champion_is_told_with_its_date_its_data_and_its_code(archive, tmp_path):
    version = archive(champion=1, newest=ago(40))
    answer = describe_status(tmp_path)
    assert answer["datasets"]["shop"]["champion"] == {
        "version": version,
        "since": "2026-03-01T08:00:01Z",
        "digest": DIGEST,
        "model": "boosted",
        "data": {"source": "shop.csv", "version": DATA, "newest": ago(40)},
        "data_age_days": 40,
        "code": CODE,
    }
    assert status_text(answer).splitlines()[3:] == [
        f"  Champion  {version} since 2026-03-01T08:00:01Z, model boosted {DIGEST[:12]}",
        f"  Data      shop.csv, version {DATA[:12]}, up to {ago(40)}, 40 days old",
        f"  Code      commit {COMMIT[:10]}, library {LIBRARY[:12]}",
        "  Alerts    none open",
    ]


@pytest.mark.parametrize(
    ("source", "days", "age", "told"),
    [
        ("shop.csv", 0, 0, "{day}, 0 days old"),
        ("shop.csv", 1, 1, "{day}, 1 day old"),
        ("shop.csv", 1500, 1500, "{day}, 1,500 days old"),
        ("shop.csv", -1, -1, "{day}, 1 day in the future"),
        ("simulator", 700, None, "{day}, simulated time"),
    ],
)
def test_the_age_of_dated_data_is_told_in_days_unless_its_time_is_a_simulation(
    archive, tmp_path, source, days, age, told
):
    archive(champion=1, source=source, newest=ago(days))
    answer = describe_status(tmp_path)
    assert answer["datasets"]["shop"]["champion"]["data_age_days"] == age
    assert told.format(day=ago(days)) in status_text(answer)


@pytest.mark.parametrize("source", ["shop.csv", "simulator"])
def test_data_without_dates_has_an_unknown_age(archive, tmp_path, source):
    archive(champion=1, source=source, newest=None)
    answer = describe_status(tmp_path)
    assert answer["datasets"]["shop"]["champion"]["data_age_days"] is None
    assert f"version {DATA[:12]}, without dates: its age is unknown" in status_text(answer)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ({}, f"commit {COMMIT[:10]}, library"),
        ({"git_dirty": True}, f"commit {COMMIT[:10]}, tree not clean, library"),
        ({"git_commit": None}, "no commit, library"),
    ],
)
def test_the_champions_code_is_told_with_whether_its_tree_was_clean(archive, tmp_path, code, told):
    archive(champion=1, code=code)
    assert f"  Code      {told}" in status_text(describe_status(tmp_path))


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        (None, ["  Alerts    not monitored yet"]),
        ([], ["  Alerts    none open"]),
        ([MOVED, OLD], [f"  Alert     critical: {MOVED['message']}", f"  Alert     warning: {OLD['message']}"]),
    ],
)
def test_open_alerts_are_told_one_a_line(archive, tmp_path, alerts, told):
    archive(champion=1, alerts=alerts)
    answer = describe_status(tmp_path)
    assert answer["datasets"]["shop"]["alerts"] == alerts
    assert [line for line in status_text(answer).splitlines() if line.startswith("  Alert")] == told


def test_alerts_are_those_of_the_newest_run_that_came_to_monitoring(archive, tmp_path):
    archive(champion=1, alerts=[MOVED])
    archive(alerts=[OLD])
    add_failed_run(archive)
    assert describe_status(tmp_path)["datasets"]["shop"]["alerts"] == [OLD]


def test_when_all_is_well_again_older_alerts_are_no_longer_open(archive, tmp_path):
    archive(champion=1, alerts=[MOVED])
    archive(alerts=[])
    assert describe_status(tmp_path)["datasets"]["shop"]["alerts"] == []


def test_a_failed_run_is_the_last_one_while_the_champion_stays(archive, tmp_path):
    good = archive(champion=1, metrics={"roc_auc": 0.8})
    bad = add_failed_run(archive)
    answer, rows = describe_status(tmp_path), describe_runs(tmp_path)
    assert (answer["last_run"]["version"], answer["last_run"]["status"]) == (bad, "failed")
    assert answer["datasets"]["shop"]["champion"]["version"] == good
    assert [(row["version"], row["champion"]) for row in rows] == [(bad, False), (good, True)]


def test_datasets_have_a_champion_and_alerts_each_newest_first(archive, tmp_path):
    one = archive(dataset="bank", champion=1, alerts=[MOVED])
    two = archive(dataset="shop", champion=1)
    answer = describe_status(tmp_path)
    assert list(answer["datasets"]) == ["shop", "bank"]
    assert {name: of["champion"]["version"] for name, of in answer["datasets"].items()} == {"shop": two, "bank": one}
    assert [of["alerts"] for of in answer["datasets"].values()] == [[], [MOVED]]
    assert [row["champion"] for row in describe_runs(tmp_path)] == [True, True]
    assert "\n\nshop\n" in status_text(answer)
    assert "\n\nbank\n" in status_text(answer)


def test_a_champion_whose_run_is_gone_from_the_archive_is_an_error_that_names_it(archive, tmp_path):
    lost = archive(champion=1)
    archive()
    (tmp_path / lost / "manifest.json").unlink()
    with pytest.raises(ConfigError, match=f"{lost}.*no such version.*Cure"):
        describe_status(tmp_path)


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


@pytest.mark.parametrize("describe", [describe_runs, describe_status])
def test_every_answer_can_be_written_as_json_and_comes_back_equal(archive, tmp_path, describe):
    archive(dataset="bank", champion=1, alerts=[MOVED], metrics={"roc_auc": 0.8, "profit": 3})
    archive(champion=1, newest=ago(3))
    add_failed_run(archive)
    answer = describe(tmp_path)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


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
