import json

import numpy as np
import pandas as pd
import pytest

from churn_mlops.monitoring.alerts import AlertLimits, alerts_from_json, alerts_to_json, make_alerts
from churn_mlops.monitoring.domain import DomainDrift
from churn_mlops.monitoring.freshness import measure_freshness
from churn_mlops.monitoring.scores import ScoreDrift

NOW = "2026-07-10"
STABLE_SCORES = ScoreDrift(100, 100, 0.1, 0.1, 0.3, 0.3, 0.01, 0.2, 0.05, 0.02, 0.5, "stable")
MOVED_SCORES = ScoreDrift(100, 100, 0.1, 0.2, 0.3, 0.6, 0.45, 0.2, 0.3, 0.4, 0.0, "moved")


def column(name, psi=0.01, missing=0.0, new="", new_share=0.0):
    return {
        "column": name,
        "psi": psi,
        "psi_limit": 0.2,
        "missing_before": 0.01,
        "missing_now": missing,
        "new_categories": new,
        "new_share": new_share,
        "verdict": "moved" if psi > 0.2 else "stable",
    }


def drift(*columns):
    return pd.DataFrame(columns)


def month(auc=0.8, observed=0.1, expected=0.1, profit=100.0, rows=5000, contacted=400, found=50):
    record = dict(
        month="2026-05",
        rows=rows,
        contacted=contacted,
        found=found,
        observed_rate=observed,
        expected_rate=expected,
        roc_auc=auc,
    )
    record |= dict(roc_auc_low=auc - 0.01, roc_auc_high=auc + 0.01, profit=profit, profit_low=profit - 50)
    return pd.DataFrame([record | dict(profit_high=profit + 50)])


def fresh(data="2026-07-01", champion="2026-07-01"):
    return measure_freshness(data, champion, NOW)


CASES = {
    "all quiet": ((drift(column("a")), STABLE_SCORES, fresh(), month()), []),
    "nothing looked at": ((None, None, None, None), []),
    "dates unknown": ((None, None, fresh(None, None), None), []),
    "a column moved, scores did not": ((drift(column("a", 0.5)), STABLE_SCORES, None, None), [("inputs moved", "low")]),
    "column and scores moved": (
        (drift(column("a", 0.5)), MOVED_SCORES, None, None),
        [("inputs moved", "medium")],
    ),
    "a column moved, scores unknown": ((drift(column("a", 0.5)), None, None, None), [("inputs moved", "medium")]),
    "three columns moved": (
        (drift(*[column(c, 0.5) for c in "abc"]), MOVED_SCORES, None, None),
        [("inputs moved", "medium")],
    ),
    "only the scores moved": ((drift(column("a")), MOVED_SCORES, None, None), [("scores moved", "medium")]),
    "a column stopped arriving": (
        (drift(column("a", 2.0, missing=0.9)), MOVED_SCORES, None, None),
        [("feed broken", "high")],
    ),
    "one stopped, one moved": (
        (drift(column("a", 2.0, missing=0.9), column("b", 0.5)), STABLE_SCORES, None, None),
        [("feed broken", "high")],
    ),
    "a new category": (
        (drift(column("a", new="gold", new_share=0.02)), STABLE_SCORES, None, None),
        [("new categories", "low")],
    ),
    "a very rare new category": ((drift(column("a", new="gold", new_share=0.001)), STABLE_SCORES, None, None), []),
    "data and champion old": (
        (None, None, fresh("2026-01-01", "2026-01-01"), None),
        [("data old", "medium"), ("champion old", "low")],
    ),
    "roc auc fell": ((None, None, None, month(auc=0.7)), [("performance fell", "high")]),
    "roc auc fell a little": ((None, None, None, month(auc=0.78)), []),
    "more left than expected": ((None, None, None, month(observed=0.2)), [("performance fell", "high")]),
    "fewer left than expected": ((None, None, None, month(observed=0.05)), [("performance fell", "high")]),
    "more left, by chance": ((None, None, None, month(observed=0.2, rows=20)), []),
    "contacting lost money": ((None, None, None, month(profit=-100.0)), [("performance fell", "high")]),
    "contacting lost money, by chance": ((None, None, None, month(profit=-10.0)), []),
    "everything fell at once": (
        (None, None, None, month(auc=0.6, observed=0.3, profit=-500.0)),
        [("performance fell", "high")],
    ),
    "a month without a roc auc": ((None, None, None, month(auc=np.nan)), []),
}


@pytest.mark.parametrize("case", CASES)
def test_there_is_one_alert_a_cause_the_worst_first(case):
    seen, expected = CASES[case]
    alerts = make_alerts(*seen, AlertLimits(reference_roc_auc=0.8))
    assert [(alert.name, alert.severity) for alert in alerts] == expected


def test_an_alert_names_the_worst_columns_first_and_counts_the_rest():
    table = drift(*[column(f"c{i}", 1.0 - i / 10) for i in range(7)])
    message = make_alerts(table, None, None, None)[0].message
    assert message.startswith("7 columns moved: `c0` (PSI 1.00, limit 0.20), `c1`")
    assert message.endswith("and 2 more.")


def test_what_moved_beside_a_broken_feed_is_told_with_it():
    table = drift(column("a", 2.0, missing=0.9), column("b", 0.5))
    (alert,) = make_alerts(table, MOVED_SCORES, None, None)
    assert "1 column stopped arriving: `a` (1% missing before, 90% now)" in alert.message
    assert "1 column moved: `b`" in alert.message
    assert alert.message.count("The scores moved") == 1


def test_columns_that_move_with_the_calendar_can_be_ignored():
    assert make_alerts(drift(column("month_of_year", 3.0)), None, None, None, ignore=["month_of_year"]) == []


def test_the_cure_of_every_alert_holds_the_command_to_run():
    table = drift(column("a", 2.0, missing=0.9), column("b", 0.5), column("c", new="x", new_share=0.5))
    seen = (table, MOVED_SCORES, fresh("2026-01-01", "2026-01-01"), month(auc=0.5))
    alerts = make_alerts(*seen, AlertLimits(reference_roc_auc=0.8), command="python pipeline.py --config my.toml")
    assert len(alerts) == 5
    assert all("python pipeline.py --config my.toml" in alert.cure for alert in alerts)
    assert all(alert.cause for alert in alerts)


def test_alerts_survive_json():
    alerts = make_alerts(drift(column("a", 0.5)), None, fresh("2026-01-01"), None)
    assert alerts_from_json(json.dumps(alerts_to_json(alerts))) == alerts


@pytest.mark.parametrize(
    ("contacted", "found", "told"),
    [
        (400, 50, False),  # 7 stayed for each who left, as in the evaluation
        (1200, 50, True),  # 23
        (800, 50, False),  # 15, and the limit is 14: but
        (900, 50, True),
        (30, 1, False),  # 29, which chance does with so few
        (400, 0, True),  # nobody found at all
        (0, 0, False),
    ],
)
def test_false_alarms_are_told_when_they_have_multiplied_beyond_the_limit_and_chance(contacted, found, told):
    limits = AlertLimits(reference_precision=0.125, max_false_alarm_ratio=2.2)
    alerts = make_alerts(None, None, None, month(contacted=contacted, found=found), limits)
    assert ["false alarms" in alert.message for alert in alerts] == [True] * told


def test_false_alarms_are_not_compared_where_the_evaluation_knows_no_precision():
    assert make_alerts(None, None, None, month(contacted=4000, found=1)) == []


def weighed(*columns):
    """A drift table with effects: each column with its profit at risk, and whether the model uses it."""
    rows = [
        column(name, 0.5, missing) | {"profit_at_risk": risk, "used": used} for name, risk, used, missing in columns
    ]
    return drift(*rows, column("stable") | {"profit_at_risk": np.nan, "used": np.nan})


def test_a_column_that_the_model_does_not_use_is_not_alarmed():
    assert make_alerts(weighed(("a", 0.0, False, 0.0)), STABLE_SCORES, None, None) == []


def test_columns_are_told_by_what_they_may_cost_and_the_alert_by_their_sum():
    (alert,) = make_alerts(weighed(("a", 10.0, True, 0.0), ("b", 990.0, True, 0.0)), MOVED_SCORES, None, None)
    assert alert.message.startswith("2 columns moved: `b` (PSI 0.50, limit 0.20, 990 at risk), `a`")
    assert alert.money == 1000.0


def test_alerts_come_by_what_they_may_cost():
    seen = weighed(("a", 10.0, True, 0.9)), MOVED_SCORES, fresh("2026-01-01"), None
    fell = month(auc=0.6).assign(estimated_profit=5_000.0)
    alerts = make_alerts(*seen[:3], fell, AlertLimits(reference_roc_auc=0.8))
    assert [(alert.name, alert.money) for alert in alerts] == [
        ("performance fell", 4_900.0),
        ("feed broken", 10.0),
        ("data old", None),
    ]


def test_what_a_month_earned_beyond_its_promise_costs_nothing():
    fell = month(auc=0.6).assign(estimated_profit=50.0)
    assert make_alerts(None, None, None, fell, AlertLimits(reference_roc_auc=0.8))[0].money == 0


def test_an_alert_knows_since_when():
    seen = drift(column("a", 0.5)), None, fresh("2026-01-01", "2026-01-01"), month(auc=0.6)
    alerts = make_alerts(*seen, AlertLimits(reference_roc_auc=0.8), day="2026-06-30")
    assert {alert.name: alert.since for alert in alerts} == {
        "inputs moved": "2026-06-30",
        "performance fell": "2026-05",
        "data old": "2026-02-15",
        "champion old": "2026-04-01",
    }


TOGETHER = DomainDrift(0.7, 0.66, 0.74, 0.52, 0.56, "moved", {"a": 0.6, "b": 0.4})


def test_columns_that_moved_together_are_told_where_none_moved_by_itself():
    (alert,) = make_alerts(drift(column("a")), STABLE_SCORES, None, None, domain=TOGETHER)
    assert (alert.name, alert.severity) == ("inputs moved", "low")
    assert "ROC AUC 0.70" in alert.message
    assert "`a` (60%), `b` (40%)" in alert.message
    (alert,) = make_alerts(drift(column("a", 0.5)), STABLE_SCORES, None, None, domain=TOGETHER)
    assert "classifier" not in alert.message


def test_new_categories_are_named_where_the_column_moved():
    (alert,) = make_alerts(drift(column("a", 0.5, new="gold", new_share=0.3)), None, None, None)
    assert "new: gold" in alert.message
