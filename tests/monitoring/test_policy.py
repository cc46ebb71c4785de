import json
from dataclasses import asdict

import pytest

from churn_mlops.monitoring.alerts import Alert
from churn_mlops.monitoring.policy import Retraining, RetrainPolicy, decide_retraining, describe_retraining


def alert(name, severity="medium"):
    return Alert(name, severity, f"Seen: {name}.", "cause", "cure")


@pytest.mark.parametrize(
    ("alerts", "age", "drop", "policy", "needed", "reasons"),
    [
        ([], 10, None, {}, False, 0),
        ([], None, None, {}, False, 0),
        ([], 90, None, {}, False, 0),
        ([], 91, None, {}, True, 1),
        ([], 91, None, {"max_champion_age_days": None}, False, 0),
        ([alert("inputs moved")], 10, None, {}, True, 1),
        ([alert("inputs moved", "low")], 10, None, {}, False, 0),
        ([alert("scores moved")], 10, None, {}, True, 1),
        ([alert("inputs moved")], 10, None, {"on_drift": False}, False, 0),
        ([alert("performance fell", "high")], 10, None, {}, True, 1),
        ([alert("performance fell", "high")], 10, 0.1, {}, True, 1),
        ([alert("performance fell", "high")], 10, 0.1, {"on_performance": False}, False, 0),
        ([], 10, 0.031, {}, True, 1),
        ([], 10, 0.029, {}, False, 0),
        ([alert("data old")], 10, None, {}, False, 0),
        ([alert("new categories", "low")], 10, None, {}, False, 0),
        ([alert("performance fell", "high"), alert("inputs moved")], 91, 0.1, {}, True, 3),
        ([alert("feed broken", "high")], 10, None, {}, False, 0),
        ([alert("feed broken", "high"), alert("inputs moved")], 91, None, {}, False, 3),
        ([alert("feed broken", "high"), alert("inputs moved")], 91, None, {"hold_on_broken_feed": False}, True, 2),
    ],
)
def test_each_rule_of_the_policy_gives_one_reason(alerts, age, drop, policy, needed, reasons):
    decision = decide_retraining(alerts, age, RetrainPolicy(**policy), roc_auc_drop=drop)
    assert decision.needed is needed
    assert len(decision.reasons) == reasons


def test_a_decision_held_back_says_by_what_first():
    decision = decide_retraining([alert("feed broken", "high")], 91)
    assert decision.reasons == (
        "Held back until the feed is repaired: Seen: feed broken.",
        "The champion is 91 days old; the limit is 90 days.",
    )


def test_a_decision_is_plain_json():
    assert json.loads(json.dumps(asdict(decide_retraining([], 91)))) == {
        "needed": True,
        "reasons": ["The champion is 91 days old; the limit is 90 days."],
    }


@pytest.mark.parametrize(
    ("needed", "reasons", "told"),
    [
        (False, (), "No retraining needed."),
        (True, ("It is old.", "It fell."), "Retraining is due. It is old. It fell."),
        (False, ("Held back.", "It is old."), "No retraining needed. Held back. It is old."),
    ],
)
def test_a_decision_reads_as_sentences(needed, reasons, told):
    assert describe_retraining(Retraining(needed, reasons)) == told
