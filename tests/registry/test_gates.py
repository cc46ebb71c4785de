import json
import math

import pytest

from churn_mlops.errors import GateFailed
from churn_mlops.registry.gates import (
    Gate,
    beats_naive_profit,
    beats_naive_ranking,
    calibrated,
    check_gate,
    earns_no_less,
    gates_from_json,
    gates_table,
    gates_to_json,
    not_suspicious,
    ranks_no_worse,
)

NAIVE = {"contact nobody": 0.0, "contact everybody": -120.0}
NAN = math.nan


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


def test_the_suspicion_names_the_column_that_does_it():
    culprit = "`reason` does it: without it the ROC AUC falls to 0.700."
    assert culprit in not_suspicious(0.999, culprit=culprit).message
    assert culprit not in not_suspicious(0.9, culprit=culprit).message


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
    assert list(table["passed"]) == [False, True]
    assert list(table.columns) == ["name", "passed", "value", "threshold", "message"]


def test_a_table_of_no_gates_has_its_columns():
    assert list(gates_table([]).columns) == ["name", "passed", "value", "threshold", "message"]
