"""A reason names what changed, in the words of whoever changed it."""

from dataclasses import replace

import pytest

from churn_mlops.archive.files import write_json
from churn_mlops.pipelines.cache import reasons
from churn_mlops.pipelines.cache.inputs import with_champion
from churn_mlops.registry.champion import Champion

BEFORE = {
    "schema": 1,
    "stage": "01_a",
    "writes": ["x"],
    "cells": "c",
    "parameters": {"seed": 1, "folds": 3},
    "reads": {"data": "d", "a.txt": "e"},
    "watches": {"champion": None},
    "modules": {"churn_mlops/config.py": "f", "helpers/x.py": "g"},
    "packages": {"numpy": "1"},
    "python": "3.11.1",
    "platform": "linux",
}
CASES = [
    ({"cells": "other"}, "its code cells changed"),
    ({"parameters": {"seed": 2, "folds": 3}}, "parameter `seed` changed"),
    ({"parameters": {"seed": 1}}, "parameter `folds` changed"),
    ({"parameters": {"seed": 1, "folds": 3, "none": None}}, "parameter `none` changed"),
    ({"parameters": {"seed": 1.5, "folds": None}}, "parameter `folds`, parameter `seed` changed"),
    ({"reads": {"data": "d"}}, "`a.txt` changed"),
    ({"reads": {"data": "D", "a.txt": "E", "b.txt": "F"}}, "`a.txt`, `b.txt`, `data` changed"),
    ({"watches": {"champion": {"version": "v"}}}, "the champion changed"),
    ({"watches": {"champion": None, "today": "2026-01-01"}}, "the date changed"),
    ({"watches": {"champion": None, "last_data": {"rows": 9}}}, "the data of the last run changed"),
    ({"modules": {"churn_mlops/config.py": "F", "helpers/x.py": "g"}}, "`config.py` changed"),
    ({"modules": {"churn_mlops/config.py": "f"}}, "`helpers/x.py` changed"),
    ({"packages": {"numpy": "2", "scipy": "1"}}, "package numpy, package scipy changed"),
    ({"python": "3.12"}, "Python changed"),
    ({"platform": "mac"}, "Platform changed"),
    ({"writes": ["x", "y"]}, "what it writes changed"),
    ({"schema": 2}, "the making of keys changed"),
    (
        {"cells": "C", "python": "3", "platform": "m", "schema": 9},
        "its code cells, Python, Platform and 1 more changed",
    ),
    ({}, "its last result is not to be had"),
]


@pytest.mark.parametrize(("change", "reason"), CASES)
def test_the_reason_names_what_changed(change, reason):
    assert reasons.why(BEFORE | change, BEFORE) == reason


def test_a_stage_without_a_result_has_that_for_its_reason():
    assert reasons.why(BEFORE, None) == "it has no result yet"


def test_inputs_that_an_older_run_has_not_recorded_are_changed_ones():
    assert reasons.why(BEFORE, {"cells": "c"}).endswith("more changed")


def archive(runs, version, stages, dataset="shop"):
    listed = [{"name": name, "status": status, "inputs": inputs} for name, status, inputs in stages]
    write_json(
        runs / version / "manifest.json", {"version": version, "dataset": dataset, "status": "x", "stages": listed}
    )


def test_each_stage_is_compared_with_its_newest_result_of_that_dataset(tmp_path):
    archive(tmp_path, "1", [("a", "succeeded", {"n": 1}), ("b", "succeeded", {"n": 1}), ("c", "succeeded", {"n": 1})])
    archive(tmp_path, "2", [("a", "reused", {"n": 2}), ("b", "failed", {"n": 2}), ("c", "not run", {})])
    archive(tmp_path, "3", [("a", "succeeded", {"n": 3})], "other")
    assert reasons.previous_inputs(tmp_path, "shop") == {"a": {"n": 2}, "b": {"n": 1}, "c": {"n": 1}}


def test_a_run_that_was_to_end_early_does_not_hide_the_later_stages_of_those_before(tmp_path):
    archive(tmp_path, "1", [("a", "succeeded", {"n": 1}), ("b", "succeeded", {"n": 1})])
    archive(tmp_path, "2", [("a", "succeeded", {"n": 2}), ("b", "not run", {})])
    assert reasons.previous_inputs(tmp_path, "shop") == {"a": {"n": 2}, "b": {"n": 1}}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"dataset": "shop"}', '{"dataset": "shop", "stages": null}'])
def test_a_manifest_that_cannot_be_read_is_passed_over(tmp_path, text):
    archive(tmp_path, "1", [("a", "succeeded", {"n": 1})])
    (tmp_path / "2").mkdir()
    (tmp_path / "2/manifest.json").write_text(text)
    assert reasons.previous_inputs(tmp_path, "shop") == {"a": {"n": 1}}


def test_that_the_run_itself_became_champion_is_no_change_since(tmp_path):
    champion = Champion("shop", "1", 1, "2026-01-01T00:00:00Z", "d", None)
    other = replace(champion, version="0")
    archive(tmp_path, "1", [("a", "succeeded", BEFORE)])
    now = with_champion(BEFORE, champion)
    assert reasons.previous_inputs(tmp_path, "shop", champion)["a"] == now
    assert reasons.previous_inputs(tmp_path, "shop", other)["a"] == BEFORE
