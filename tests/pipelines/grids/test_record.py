"""What a grid says of its settings, and which it calls the best."""

import json

import pytest

from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.grids.children import Ended
from churn_mlops.pipelines.grids.record import best_of, grid_table, outcome, read_grids

NAN = float("nan")


def row(number, profit=None, roc_auc=None, status="succeeded"):
    return {"number": number, "status": status, "metrics": {"profit": profit, "roc_auc": roc_auc}}


@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ([row(1, 10, 0.9), row(2, 20, 0.8)], 2),  # money first
        ([row(1, 20, 0.8), row(2, 20, 0.9)], 2),  # then ranking
        ([row(1, 20, 0.8), row(2, 20, 0.8)], 1),  # the first of equals
        ([row(1, None, 0.8), row(2, NAN, 0.9)], 2),
        ([row(1, None, 0.9), row(2, -5, 0.8)], 2),
        ([row(1, 20, status="failed"), row(2, 10)], 2),
        ([row(1, status="failed"), row(2, status="not run")], None),
        ([row(1)], None),
    ],
)
def test_the_best_earns_most_then_ranks_best(rows, best):
    assert best_of(rows) == best


def answer(**changes):
    error = {"stage": "01_make", "kind": "ValueError", "message": "bad", "exit_code": 1, "traceback": "long"}
    return {"version": "v1", "verdict": "Failed", "error": error, "metrics": {}, **changes}


@pytest.mark.parametrize(
    ("ended", "stopped", "status", "message", "code"),
    [
        (Ended(1, 1, answer(), "", 2.0), None, "failed", "bad", 1),
        (Ended(1, 130, answer(), "", 2.0), Stop("Interrupted", "", 130), "interrupted", "bad", 130),
        (Ended(1, 3, None, "[0 s] x\nerror: no file\n  - why\n", 2.0), None, "failed", "no file\n  - why", 3),
        (Ended(1, -9, None, "", 2.0), None, "failed", "ended with code -9", 1),
    ],
)
def test_a_run_that_failed_says_why_also_where_it_archived_nothing(ended, stopped, status, message, code):
    if ended.answer and code == 130:
        ended.answer["error"]["exit_code"] = 130
    told = outcome(ended, stopped)
    assert (told["status"], told["error"]["message"], told["error"]["exit_code"]) == (status, message, code)
    assert "traceback" not in told["error"]


def test_a_row_keeps_the_main_metrics_with_intervals_and_what_the_champion_had():
    metrics = {"profit": 5, "profit_low": 4, "champion_profit": 3, "roc_auc_high": 0.9, "rows": 7, "naive_profit": 1}
    told = outcome(Ended(1, 0, answer(error=None, metrics=metrics), "", 2.0), None)
    assert told["status"] == "succeeded"
    assert told["metrics"] == {"profit": 5, "profit_low": 4, "champion_profit": 3, "roc_auc_high": 0.9}


def test_the_table_marks_the_best_and_says_why_others_have_nothing():
    rows = [
        {**row(1, 1234.5, 0.9), "parameters": {"train.seed": 1}, "seconds": 2.0, "version": "v1", "error": None},
        {**row(2, status="failed"), "parameters": {"train.seed": 2}, "seconds": 1, "error": {"message": "bad\nmore"}},
        {**row(3, status="not run"), "parameters": {"train.seed": 3}, "seconds": None, "error": None},
    ]
    rows[0]["metrics"] |= {"profit_low": 1000, "profit_high": 1500}
    lines = grid_table({"settings": rows, "best": 1}).splitlines()
    assert lines[1].split() == ["*", "train.seed=1", "1,234", "(1,000", "to", "1,500)", "0.900", "2.0", "v1"]
    assert lines[2].endswith("failed: bad")
    assert lines[3].endswith("not run")


def test_a_grid_that_cannot_be_read_is_left_out(tmp_path):
    for name, text in (("1", json.dumps({"grid": "1"})), ("2", "{"), ("3", json.dumps({"grid": "3"}))):
        (tmp_path / "grids" / name).mkdir(parents=True)
        (tmp_path / "grids" / name / "grid.json").write_text(text)
    assert [grid["grid"] for grid in read_grids(tmp_path)] == ["3", "1"]
