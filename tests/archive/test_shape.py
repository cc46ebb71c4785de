"""A manifest that passes is one that every list of the archive can be drawn from."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn_mlops.archive.seal import seal
from churn_mlops.archive.shape import manifest_flaw, metrics_flaw, version_flaw
from churn_mlops.pipelines.answers import describe_runs, runs_table
from churn_mlops.pipelines.following import draw_index
from churn_mlops.pipelines.status.describing import describe_status

VERSION = "20261101-100000-abcdef"
GOOD = {
    "schema": 1,
    **{"version": VERSION, "dataset": "shop", "status": "succeeded", "verdict": "Succeeded", "author": "Ann"},
    **{"started": "2026-11-01T10:00:00Z", "finished": "2026-11-01T10:00:09Z", "seconds": 9.5, "experiment": False},
    **{"parameters": {"train": {"seed": 1}}, "waits": None, "as_of": "", "error": None, "environment": {"python": "3"}},
    "stages": [{"name": "01", "title": "x", "status": "reused", "seconds": 0, "cells": 1, "cells_run": 1, "key": ""}],
    "data": {"source": "a.csv", "version": "d", "oldest": None, "newest": "2026-10-31", "rows": 9},
    "code": {"git_commit": None, "git_dirty": True, "library": "l", "lock": "k", "notebooks": {"01": "d"}},
    "model": {"digest": "0" * 64, "name": "boosted", "threshold": 0.1},
    "gates": [{"name": "g", "passed": True, "value": None, "threshold": 1, "message": "m", "evidence": ""}],
    "promotion": {"promoted": True, "reason": "r", "champion_before": None, "expected_generation": 0},
    "alerts": [{"name": "a", "severity": "warning", "message": "m", "cause": "c", "cure": "u"}],
    "retraining": {"needed": True, "reasons": ["old"]},
    "files": {"metrics.json": {"sha256": "0" * 64, "bytes": 2}},
}
FAILED = GOOD | {
    "status": "failed",
    "error": {"stage": "01", "cell": None, "kind": "E", "message": "m", "traceback": "t", "exit_code": 1},
}
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def places(value, path=()):
    """Every place in a value, as the names and numbers that lead there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(value, path, new):
    other = copy.deepcopy(value)
    at = other
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return other


@pytest.mark.parametrize("manifest", [GOOD, FAILED], ids=["succeeded", "failed"])
def test_what_runs_write_passes(manifest):
    assert manifest_flaw(manifest) is None


@pytest.mark.slow
@settings(max_examples=200)
@given(data=st.data(), base=st.sampled_from([GOOD, FAILED]))
def test_whatever_passes_can_be_listed_and_drawn(data, base, tmp_path_factory):
    manifest = changed(base, data.draw(st.sampled_from(list(places(base)))), data.draw(ODD))
    if manifest_flaw(manifest) is not None or manifest["version"] != VERSION:
        return
    runs = tmp_path_factory.getbasetemp() / "shape"
    (runs / VERSION).mkdir(parents=True, exist_ok=True)
    (runs / VERSION / "manifest.json").write_text(json.dumps(seal(manifest)))
    runs_table(describe_runs(runs))
    describe_status(runs)
    draw_index(runs)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("seconds",), True, "`seconds` is True; expected a number"),
        (("seconds",), float("nan"), "expected a number"),
        (("dataset",), None, "`dataset` is missing"),
        (("data", "newest"), "soon", "expected a day"),
        (("stages", 0, "name"), "../x", "stages`, entry 1, `name` is '../x'; expected a plain name"),
        (("files", "metrics.json", "sha256"), "0" * 63, "expected a digest"),
        (("parameters", "train"), {"x; import os": 1}, "a name of Python was expected"),
        (("gates",), {}, "expected a list"),
        (("error",), FAILED["error"], "does not go with its error"),
    ],
)
def test_what_does_not_is_named(path, value, told):
    assert told in manifest_flaw(changed(GOOD, path, value))


def test_no_manifest_is_none():
    for value in ([], None, "text", 1, {}):
        assert manifest_flaw(value)


@pytest.mark.parametrize(
    ("metrics", "fine"), [({"schema": 1, "a": 0.5, "b": None}, True), ({"schema": 1, "a": "x"}, False), ([], False)]
)
def test_metrics_are_numbers_or_nothing(metrics, fine):
    assert (metrics_flaw(metrics) is None) is fine


@pytest.mark.parametrize(
    ("version", "fine"), [(VERSION, True), ("20260230-100000-abcdef", False), ("99991231-000000-ffffff", False)]
)
def test_a_version_begins_at_a_moment_that_was(version, fine):
    assert (version_flaw(version) is None) is fine
