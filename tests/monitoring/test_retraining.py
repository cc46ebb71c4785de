"""The policy of [retrain]: what calls for training, what holds it back."""

import pytest

from churn_mlops.config import RetrainRules
from churn_mlops.monitoring.alerting.alert import ACKNOWLEDGED, OPEN, RESOLVED, SEEN, Alert
from churn_mlops.monitoring.retraining import CALLS, HOLDS, UNKNOWN, Seen, is_needed, judge, reasons_of

LONG_AGO = Seen(10, 30, (30,), ())


def alert(name, state=OPEN, severity="medium", share=None):
    return Alert(name, (), state, severity, f"{name}!", "", "", None, share, "2026-01-01", (True,), "v", "abc123")


def seen(*alerts, **changes):
    return Seen(**{**vars(LONG_AGO), "alerts": alerts, **changes})


def judged(what, **rules):
    return {rule.name: rule.verdict for rule in judge(what, RetrainRules(**rules))}


def calling(what, **rules):
    return [name for name, verdict in judged(what, **rules).items() if verdict in (CALLS, HOLDS)]


@pytest.mark.parametrize(
    ("what", "rules", "named"),
    [
        (seen(), {}, []),
        (seen(), {"every_days": 30}, ["schedule"]),
        (seen(), {"every_days": 31}, []),
        (seen(champion_age_days=90), {}, ["age"]),
        (seen(champion_age_days=900), {"max_champion_age_days": 0}, []),
        (seen(champion_age_days=None), {}, []),
        (seen(alert("inputs moved")), {}, ["drift"]),
        (seen(alert("scores moved", ACKNOWLEDGED)), {}, ["drift"]),  # known is not cured
        (seen(alert("inputs moved", severity="low")), {}, []),
        (seen(alert("inputs moved", SEEN)), {}, []),  # not in N of M looks yet
        (seen(alert("inputs moved", RESOLVED)), {}, []),
        (seen(alert("inputs moved")), {"on_drift": False}, []),
        (seen(alert("performance fell")), {}, ["performance"]),
        (seen(alert("performance fell")), {"on_performance": False}, []),
        (seen(alert("new categories", share=0.03), alert("data old", share=0.02)), {}, ["loss"]),
        (seen(alert("new categories", share=0.03)), {}, []),
        (seen(estimated_profit_loss=0.3), {}, []),  # off where no limit is set
        (seen(estimated_profit_loss=0.3, estimated_roc_auc_loss=0.0), {"max_estimated_loss": 0.2}, ["estimated loss"]),
        (seen(estimated_profit_loss=0.0, estimated_roc_auc_loss=0.3), {"max_estimated_loss": 0.2}, ["estimated loss"]),
        (seen(estimated_profit_loss=0.1), {"max_estimated_loss": 0.2}, []),
        (seen(), {"max_estimated_loss": 0.2, "max_realised_loss": 0.2}, []),
        (seen(realised_profit_loss=0.2), {"max_estimated_loss": 0.2, "max_realised_loss": 0.2}, ["realised loss"]),
        (seen(alert("feed broken"), champion_age_days=99), {}, ["age", "data"]),
        (seen(days_since_training=6.9, champion_age_days=99), {}, ["age", "cool-down"]),
        (seen(trainings=(1, 89, 90), champion_age_days=99), {"budget": 2}, ["age", "budget"]),
        (seen(trainings=(1, 89, 90), champion_age_days=99), {"budget": 3}, ["age"]),
    ],
)
def test_each_rule_stands_as_its_limit_says(what, rules, named):
    assert calling(what, **rules) == named


@pytest.mark.parametrize("held", [seen(alert("feed broken"), champion_age_days=99), seen(champion_age_days=10)])
def test_what_is_held_back_or_not_called_for_is_not_needed(held):
    assert not is_needed(judge(held, RetrainRules()))


def test_a_loss_that_nobody_knows_is_said_to_be_unknown():
    limits = {"max_estimated_loss": 0.2, "max_realised_loss": 0.1}
    found = {rule.name: rule for rule in judge(seen(), RetrainRules(**limits))}
    assert {found[name].verdict for name in ("estimated loss", "realised loss")} == {UNKNOWN}
    told = judge(seen(estimated_profit_loss=0.3, estimated_roc_auc_loss=0.05), RetrainRules(**limits))
    said = next(rule.said for rule in told if rule.name == "estimated loss")
    assert said.startswith("30.0% of the promised profit and 5.0% of the promised ROC AUC above 0.5 are lost")
    assert said.endswith("limit 20.0%")


def test_a_reason_says_what_was_seen_against_which_limit():
    (reason,) = reasons_of(judge(seen(champion_age_days=99), RetrainRules()))
    assert reason == "age calls: 99 days is the age of the champion; limit 90"
    assert is_needed(judge(seen(champion_age_days=99), RetrainRules()))
