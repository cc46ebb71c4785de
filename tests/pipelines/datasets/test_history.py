"""The data versions of an archive, who uses them, and what a user may call them."""

import json
import re

import pytest

from churn_mlops.archive.remembered import Remembered
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.datasets import history
from churn_mlops.pipelines.datasets.history import describe_data
from churn_mlops.pipelines.datasets.naming import resolve_data
from churn_mlops.pipelines.datasets.text import data_table

A, B = "a1" + "0" * 62, "b2" + "0" * 62
OLD, MIDDLE, NEW, BROKEN = (f"2026112{n}-120000-00000{n}" for n in (1, 2, 3, 4))


def data(version, source="shop.csv", **facts):
    table = {"digest": version, "rows": 1200, "columns": 3}
    told = {"version": version, "source": source, "rows": 1200, "rows_quarantined": 7, "newest": "2026-10-31"}
    return {**told, "tables": {"table": table}, **facts}


def put(runs, version, data, model="m1", dataset="shop"):
    (runs / version).mkdir(parents=True)
    facts = {"version": version, "dataset": dataset, "status": "succeeded", "verdict": "Succeeded", "experiment": False}
    model = model and {"name": "linear", "digest": model * 32, "reason": "best"}
    (runs / version / "manifest.json").write_text(json.dumps({**facts, "data": data, "model": model}))


@pytest.fixture
def runs(tmp_path):
    """Two data versions: one of two runs, whose models differ, and the champion's; and a run without any."""
    put(tmp_path, OLD, data(A))
    put(tmp_path, MIDDLE, data(B, rows_quarantined=0, oldest="2025-01-01"), "m2")
    put(tmp_path, NEW, data(A, "again.csv"), "m3")
    put(tmp_path, BROKEN, None, None)
    champion = {"schema": 1, "dataset": "shop", "version": MIDDLE, "generation": 1, "since": "", "digest": "m2" * 32}
    (tmp_path / "registry" / "shop").mkdir(parents=True)
    (tmp_path / "registry" / "shop" / "champion.json").write_text(json.dumps({**champion, "before": None}))
    return tmp_path


def test_every_version_is_listed_once_with_its_runs_and_models_the_newest_first(runs):
    first, second = describe_data(runs)
    assert (first["version"], second["version"]) == (A, B)
    assert [run["version"] for run in first["runs"]] == [NEW, OLD]
    assert [model["digest"][:2] for model in first["models"]] == ["m3", "m1"]
    assert (first["sources"], first["datasets"]) == (["again.csv", "shop.csv"], ["shop"])
    assert (first["rows"], first["rows_quarantined"], first["newest"]) == (1200, 7, "2026-10-31")


def test_the_champion_is_marked_at_its_run_and_its_model(runs):
    first, second = describe_data(runs)
    assert [run["champion"] for run in first["runs"] + second["runs"]] == [False, False, True]
    assert [model["champion"] for model in first["models"] + second["models"]] == [False, False, True]


def test_what_older_runs_did_not_note_is_null(runs):
    assert [entry["oldest"] for entry in describe_data(runs)] == [None, "2025-01-01"]


def test_the_table_is_aligned_and_says_what_is_not_known(runs):
    head, first, second, _, legend = data_table(describe_data(runs)).splitlines()
    assert re.split(" {2,}", head) == ["version", "source", "rows", "set aside", "span", "used by", "models"]
    again, models = "again.csv and 1 more", "linear m3m3m3m3m3m3 and 1 more"
    told = [A[:12], again, "1,200", "7", "up to 2026-10-31", f"{NEW} and 1 more", models]
    assert re.split(" {2,}", first) == told
    told = [B[:12], "shop.csv", "1,200", "0", "2025-01-01 to 2026-10-31", MIDDLE, "linear m2m2m2m2m2m2 *"]
    assert re.split(" {2,}", second) == told
    assert {head.index("models"), first.index("linear"), second.index("linear")} == {head.index("models")}
    assert legend == "* champion now"


def test_an_archive_without_data_says_what_to_do(tmp_path):
    assert describe_data(tmp_path / "none") == []
    assert data_table([]) == "No data yet. Cure: python pipeline.py"
    assert not (tmp_path / "none").exists()


def test_a_manifest_is_read_once_and_forgotten_with_its_run(runs, monkeypatch):
    import os
    import shutil

    for path in runs.glob("*/manifest.json"):
        os.utime(path, (1, 1))
    monkeypatch.setattr("churn_mlops.archive.remembered._RACY_NS", 0)
    before = describe_data(runs)
    read = []
    monkeypatch.setattr(history, "_read", lambda path: read.append(path))
    assert describe_data(runs) == before
    assert read == []
    shutil.rmtree(runs / OLD)
    assert len(describe_data(runs)[0]["runs"]) == 1
    kept = Remembered(runs / ".cache" / "data-1.json", None).facts
    assert not any(OLD in name for name in kept)
    assert len(kept) == 3


def test_a_manifest_that_cannot_be_read_is_left_out(runs):
    (runs / NEW / "manifest.json").write_text("{")
    (runs / OLD / "manifest.json").write_text("[]")
    assert [entry["version"] for entry in describe_data(runs)] == [B]


@pytest.mark.parametrize(
    ("text", "version", "run"),
    [
        (A, A, NEW),
        ("a1", A, NEW),
        ("A10", A, NEW),
        (OLD, A, OLD),
        (OLD[:8], A, OLD),
        ("champion", B, MIDDLE),
        ("champion:shop", B, MIDDLE),
    ],
)
def test_a_data_version_is_named_by_its_digest_or_by_a_run(runs, text, version, run):
    entry, found = resolve_data(runs, text)
    assert (entry["version"], found["version"]) == (version, run)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("zz", "neither a data version nor a run. The newest data versions: a10000000000, b20000000000"),
        ("", "4 versions begin so"),
        ("2026112", "4 versions begin so"),
        ("latest", f"run {BROKEN}: it has no data version, because it ended before its data was stored"),
        ("champion:other", "there is no champion of `other`"),
    ],
)
def test_a_name_of_none_or_several_is_told_with_what_there_is(runs, text, told):
    with pytest.raises(ConfigError, match=told):
        resolve_data(runs, text)


def test_a_beginning_that_several_data_versions_or_a_run_share_is_refused(runs):
    put(runs, "20261125-120000-000005", data("2026" + "0" * 60))
    put(runs, "20261126-120000-000006", data("a1f" + "0" * 61))
    for text, told in (("a1", "2 begin so: a1f000000000, a10000000000"), ("2026", "6 begin so: 202600000000, 2026")):
        with pytest.raises(ConfigError, match=told):
            resolve_data(runs, text)
