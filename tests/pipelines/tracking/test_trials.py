"""Each trial becomes a run of its own, also one with a name, a state or settings that nobody expected."""

import pandas as pd
import pytest

from churn_mlops.pipelines.tracking.trials import read_trials


def test_trials_are_read_in_order(version):
    trials = read_trials(version / "artifacts" / "trials.parquet", "7")
    assert [trial.name for trial in trials] == [f"7 trial {number}" for number in range(4)]
    assert [trial.status for trial in trials] == ["FINISHED", "FINISHED", "KILLED", "FAILED"]
    assert trials[1].params == {"family": "boosted", "rate": "0.05", "leaves": "8"}
    assert (trials[1].metrics, trials[3].metrics) == ({"roc_auc": 0.9, "best_so_far": 0.9}, {"best_so_far": 0.9})
    assert trials[2].tags == {"churn.trial": "2", "churn.state": "pruned"}


def test_without_a_table_there_are_none(tmp_path):
    assert read_trials(tmp_path / "trials.parquet", "7") == []


@pytest.mark.parametrize(
    ("row", "params", "status"),
    [
        ({"settings": "not JSON"}, {"settings": "not JSON"}, "FINISHED"),
        ({"settings": "[1]"}, {"settings": "[1]"}, "FINISHED"),
        ({"settings": None, "family": None}, {}, "FINISHED"),
        ({"settings": '{"a": "' + "x" * 600 + '"}'}, {"a": "x" * 499 + "…"}, "FINISHED"),
        ({"state": "strange"}, {}, "FINISHED"),
        ({"state": "failed", "family": "trees"}, {"family": "trees"}, "FAILED"),
    ],
)
def test_odd_trials_are_told_as_they_are(tmp_path, row, params, status):
    pd.DataFrame([row]).to_parquet(tmp_path / "trials.parquet")
    (trial,) = read_trials(tmp_path / "trials.parquet", "7")
    assert (trial.params, trial.status, trial.metrics) == (params, status, {})
