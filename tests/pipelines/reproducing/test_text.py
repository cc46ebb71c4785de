"""What is told of a reproduction: the verdict first, then what was compared, then by which inputs it parts."""

import pytest

from churn_mlops.pipelines.reproducing.text import reproduction_text

NOTHING = {
    name: [] for name in ("definition", "cells", "parameters", "data", "moment", "modules", "packages", "environment")
}
FOUND = {
    "version": "v",
    "verdict": "identical",
    "stage": None,
    "stages": ["01_data", "03_train"],
    "left_out": "",
    "error": None,
    "outputs": [],
    "inputs": NOTHING,
    "attribution": "Nothing differs: both runs are the same.",
    "model": {"a": "a" * 64, "b": "a" * 64},
    "metrics": [],
    "metrics_equal": 84,
    "scores": {"customers": 1040, "different": 0, "largest_difference": 0.0},
    "environment": "fresh",
    "folder": None,
    "seconds": 62.4,
    "unrecorded": None,
}
PARTED = {
    "verdict": "different",
    "stage": "03_train",
    "outputs": [{"name": "model.skops", "a": "a", "b": "b"}],
    "inputs": NOTHING | {"modules": [{"name": "x/y.py", "change": "changed", "stages": ["03_train"]}]},
    "attribution": "Only the module x/y.py differs, and what follows from it.",
    "model": {"a": "a" * 64, "b": None},
    "scores": {"customers": 1040, "different": 7, "largest_difference": 0.0301},
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ("Identical: all that 2 stages have made", "fresh environment, 62 s", "aaaaaaaaaaaa, the same")),
        ({}, ("84 equal, 0 different", "1,040 customers, all equal")),
        (PARTED, ("Different, from 03_train on", "model.skops", "aaaaaaaaaaaa -> none", "changed x/y.py")),
        (PARTED, ("7 of 1,040 customers differ, by up to 0.03", "Only the module x/y.py differs")),
        ({"verdict": "partial", "left_out": "it is gone"}, ("Identical up to 03_train", "was not run: it is gone")),
        (
            {"verdict": "failed", "stage": "01_data", "error": {"message": "no rows"}, "scores": None},
            ("Failed in 01_data", "error: no rows"),
        ),
        ({"verdict": "different", "metrics": [{"name": "x"}]}, ("all artifacts are the same, and metrics are not",)),
        ({"folder": "/x/y"}, ("It stands in /x/y.",)),
        ({"unrecorded": "this archive cannot be written"}, ("Not on record: this archive cannot be written",)),
    ],
)
def test_the_text_says(changes, told):
    text = reproduction_text(FOUND | changes)
    assert all(part in text for part in told), text
    assert "None" not in text
