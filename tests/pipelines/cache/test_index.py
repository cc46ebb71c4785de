"""A result is found by its key as long as the store has its files; whatever stands in an entry, nothing breaks."""

import json

import pytest

from churn_mlops.archive.remembered import write_store
from churn_mlops.archive.store import stored
from churn_mlops.archive.versions import STORE
from churn_mlops.pipelines.cache import index

KEY, DIGEST = "ab" * 32, "cd" * 32
FOUND = index.Found(
    "20260101-000000-000000", {"artifacts/a.txt": DIGEST, "pages/x.html": DIGEST}, {"cells": 2}, {"auc": None}
)
ENTRIES = [
    {},
    {"version": "v"},
    {"version": "v", "files": {}, "unknown": 1},
    {"version": 1, "files": [1]},
    {"version": "v", "files": {"artifacts/a": 5}},
    {"version": "v", "files": None},
]


@pytest.fixture
def runs(tmp_path):
    path = stored(tmp_path / STORE, DIGEST)
    path.parent.mkdir(parents=True)
    path.write_text("kept")
    return tmp_path


def entry(runs):
    return runs / ".cache" / "stages" / KEY[:2] / KEY


def test_what_is_remembered_is_found(runs):
    assert index.find(runs, KEY) is None
    index.remember(runs, KEY, FOUND)
    assert index.find(runs, KEY) == FOUND
    assert FOUND.outputs == {"a.txt": DIGEST}
    assert index.find(runs, KEY.replace("a", "0")) is None


def test_the_newest_result_of_a_key_is_found(runs):
    index.remember(runs, KEY, FOUND)
    index.remember(runs, KEY, index.Found("later", FOUND.files))
    assert index.find(runs, KEY).version == "later"


def test_a_result_whose_files_are_gone_is_none(runs):
    index.remember(runs, KEY, FOUND)
    stored(runs / STORE, DIGEST).unlink()
    assert index.find(runs, KEY) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", json.dumps({"version": "v", "files": {}}), "null", "\x00"])
def test_a_damaged_entry_is_a_lost_one(runs, text):
    index.remember(runs, KEY, FOUND)
    entry(runs).write_text(text)
    assert index.find(runs, KEY) is None


@pytest.mark.parametrize("value", ENTRIES)
def test_an_entry_of_another_shape_is_a_lost_one(runs, value):
    write_store(entry(runs), value)
    assert index.find(runs, KEY) is None


def test_a_cache_that_cannot_be_written_is_no_obstacle(runs):
    (runs / ".cache").write_text("no folder")
    index.remember(runs, KEY, FOUND)
    assert index.find(runs, KEY) is None
