import json
import math

import pandas as pd
import pytest

from churn_mlops.errors import GateFailed
from churn_mlops.registry.gates import (
    Gate,
    answers_in_time,
    beats_naive_profit,
    beats_naive_ranking,
    calibrated,
    check_gate,
    decides_steadily,
    earns_no_less,
    gates_from_json,
    gates_table,
    gates_to_json,
    keeps_pace,
    knows_no_outcome,
    name_culprit,
    no_slice_collapsed,
    not_suspicious,
    ranks_no_worse,
    ranks_steadily,
    small_enough,
    treats_groups_alike,
)

NAIVE = {"contact nobody": 0.0, "contact everybody": -120.0}
STEADY = {"seeds": [0, 1], "roc_auc": [0.8, 0.81], "sd": 0.005, "share_of_decisions_changed": 0.02}
LEAKS = pd.DataFrame({"column": ["reason", "tenure"], "roc_auc": [0.97, 0.74], "suspect": ["knows it", ""]})
IMPORTANCE = pd.DataFrame({"column": ["tenure", "reason", "plan"], "importance": [0.02, 0.3, 0.0]})
NAN = math.nan


def slices(*holds):
    """Slices in which so much of what the probabilities say holds."""
    told = {"churn_rate": 0.1, "rows": 400, "mean_probability": 0.4, "roc_auc": 0.5}
    return pd.DataFrame(
        [{"column": "plan", "slice": f"slice {n}", "holds": share, **told} for n, share in enumerate(holds)]
    )


def difference(name, middle, low, high):
    return {f"{name}_difference": middle, f"{name}_difference_low": low, f"{name}_difference_high": high}


@pytest.mark.parametrize(
    ("gate", "passed"),
    [
        (beats_naive_ranking(0.80), True),
        (beats_naive_ranking(0.51), False),
        (beats_naive_ranking(0.51, margin=0.0), True),
        (beats_naive_ranking(NAN), False),
        (beats_naive_profit(10.0, NAIVE), True),
        (beats_naive_profit(-5.0, NAIVE), False),
        (beats_naive_profit(0.0, NAIVE), False),
        (beats_naive_profit(40.0, {"contact nobody": 0.0, "contact everybody": 50.0}), False),
        (beats_naive_profit(NAN, NAIVE), False),
        (calibrated(0.01), True),
        (calibrated(0.06), False),
        (calibrated(0.06, limit=0.1), True),
        (calibrated(NAN), False),
        (not_suspicious(0.95), True),
        (not_suspicious(0.999), False),
        (not_suspicious(NAN), False),
        (knows_no_outcome(LEAKS), False),
        (knows_no_outcome(LEAKS, allow=("reason",)), True),
        (knows_no_outcome(LEAKS.assign(suspect="")), False),
        (knows_no_outcome(LEAKS.assign(suspect=""), limit=0.98), True),
        (knows_no_outcome(LEAKS, allow=("reason", "tenure")), True),
        (no_slice_collapsed(slices(1.0, 0.6)), True),
        (no_slice_collapsed(slices(1.0, 0.4)), False),
        (no_slice_collapsed(slices(1.0, 0.4), limit=0.3), True),
        (no_slice_collapsed(slices(1.0, -0.2)), False),
        (treats_groups_alike(0.1, "Told."), True),
        (treats_groups_alike(0.3, "Told."), False),
        (treats_groups_alike(0.3, "Told.", limit=0.4), True),
        (treats_groups_alike(NAN, ""), True),
        (ranks_steadily(STEADY), True),
        (ranks_steadily(STEADY | {"sd": 0.1}), False),
        (ranks_steadily(STEADY, limit=0.001), False),
        (ranks_steadily(None), False),
        (ranks_steadily(STEADY | {"sd": NAN}), False),
        (decides_steadily(STEADY), True),
        (decides_steadily(STEADY | {"share_of_decisions_changed": 0.4}), False),
        (decides_steadily(None), False),
        (answers_in_time(20.0), True),
        (answers_in_time(4000.0), False),
        (answers_in_time(NAN), False),
        (keeps_pace(90_000.0), True),
        (keeps_pace(20.0), False),
        (small_enough(2.5), True),
        (small_enough(700.0), False),
        (ranks_no_worse(None), True),
        (ranks_no_worse(difference("roc_auc", 0.01, -0.01, 0.03)), True),
        (ranks_no_worse(difference("roc_auc", -0.01, -0.03, 0.01)), True),
        (ranks_no_worse(difference("roc_auc", 0.0, 0.0, 0.0)), True),
        (ranks_no_worse(difference("roc_auc", -0.03, -0.05, -0.01)), False),
        (ranks_no_worse(difference("roc_auc", -0.03, -0.05, -0.01), tolerance=0.02), True),
        (ranks_no_worse(difference("roc_auc", NAN, NAN, NAN)), False),
        (earns_no_less(None), True),
        (earns_no_less(difference("profit", -100.0, -300.0, 100.0)), True),
        (earns_no_less(difference("profit", -100.0, -300.0, -1.0)), False),
    ],
)
def test_a_gate_passes_only_with_a_value_on_the_right_side_of_its_threshold(gate, passed):
    assert gate.passed is passed


def test_a_failed_gate_tells_value_threshold_and_cure():
    message = calibrated(0.0612).message
    assert "0.0612" in message
    assert "0.0500" in message
    assert "Calibrate on newer" in message


@pytest.mark.parametrize(
    ("importance", "leaks", "told"),
    [
        (IMPORTANCE, LEAKS, "`reason` does it: alone it reaches a ROC AUC of 0.970, and with it shuffled among"),
        (IMPORTANCE, LEAKS.assign(roc_auc=[0.6, 0.7]), "`reason` does it: alone it reaches a ROC AUC of 0.600"),
        (IMPORTANCE.assign(importance=0.0), LEAKS, "`reason` does it: alone it reaches a ROC AUC of 0.970"),
        (IMPORTANCE, LEAKS.head(0), "`reason` does it"),
    ],
    ids=["both ways", "only in company", "hidden by its double", "not looked at alone"],
)
def test_the_suspicion_names_the_column_that_does_it(importance, leaks, told):
    culprit = name_culprit(0.999, importance, leaks)
    assert told in not_suspicious(0.999, culprit=culprit).message
    assert told not in not_suspicious(0.9, culprit=culprit).message


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        (knows_no_outcome(LEAKS), "`reason` knows it. Drop it"),
        (no_slice_collapsed(slices(1.0, 0.4)), "`plan` = slice 1, 40% of what the probabilities say can be true"),
        (treats_groups_alike(0.3, "`gender` = m is passed over."), "`gender` = m is passed over. The gap is surely"),
        (ranks_steadily(None), "Cure: run 03_train again."),
        (decides_steadily(STEADY | {"share_of_decisions_changed": 0.4}), "40.0% of customers are decided differently"),
        (answers_in_time(4000.0), "It took 4,000 ms. Choose a simpler family"),
        (keeps_pace(20.0), "It scored 20. Choose a simpler family"),
        (small_enough(700.0), "700.00 MB; it must not be above 100 MB. Allow fewer"),
    ],
    ids=lambda part: part.name if isinstance(part, Gate) else "",
)
def test_a_gate_that_fails_says_where_and_what_to_do(gate, told):
    assert told in gate.message


def test_no_time_is_kept_of_a_model_that_is_fast_enough_so_that_equal_runs_stay_equal():
    assert gates_to_json([answers_in_time(20.0), keeps_pace(900.0)]) == gates_to_json(
        [answers_in_time(33.0), keeps_pace(8_000.0)]
    )


def test_a_passed_gate_gives_no_cure():
    assert calibrated(0.01).message.endswith("must be below 0.0500.")


def test_a_value_that_could_not_be_measured_is_said_to_be_so():
    assert "could not be measured" in not_suspicious(NAN).message


def test_the_profit_gate_names_the_naive_decision_to_beat():
    assert "'contact nobody'" in beats_naive_profit(-5.0, NAIVE).message


def test_a_run_stops_at_a_gate_that_must_hold():
    assert check_gate(not_suspicious(0.9)).passed
    with pytest.raises(GateFailed, match="knows the future") as caught:
        check_gate(not_suspicious(0.999))
    assert caught.value.exit_code == 4


def test_gates_survive_json_and_nothing_in_it_is_nan():
    gates = [ranks_no_worse(None), calibrated(0.07), Gate("x", True, math.inf, 0.0, "m")]
    text = json.dumps(gates_to_json(gates), allow_nan=False)
    back = gates_from_json(text)
    assert back[1] == gates[1]
    assert math.isnan(back[0].value)
    assert [gate.name for gate in back] == [gate.name for gate in gates]


def test_the_table_shows_failed_gates_first():
    table = gates_table([not_suspicious(0.9), calibrated(0.07)])
    assert list(table["passed"]) == ["no", "yes"]
    assert list(table.reset_index().columns) == ["name", "passed", "value", "threshold", "message"]


def test_a_table_of_no_gates_has_its_columns():
    assert list(gates_table([]).reset_index().columns) == ["name", "passed", "value", "threshold", "message"]
