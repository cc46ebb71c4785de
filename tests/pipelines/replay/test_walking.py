"""What a policy does month by month, given what its trainings, looks and duels come to."""

import math

import pytest
from tests.pipelines.replay.conftest import OFF

from churn_mlops.config import AlertRules
from churn_mlops.config.replaying import ReplayPolicy
from churn_mlops.pipelines.replay.tasks import Duel, Look, Model, Train
from churn_mlops.pipelines.replay.walking import foreseen, model_of, name_of, walk

DAYS = [f"2024-{month:02}-01" for month in range(1, 9)]
FIRST = Model(DAYS[0], 12)
LOOK = dict.fromkeys(("rows", "contacted", "profit", "expected_profit", "churn", "drift"), 1.0)
LOST_SHARES = dict.fromkeys(("estimated_profit_loss", "estimated_roc_auc_loss", "realised_profit_loss"), math.nan)
LOOK |= {"rows": 500, "roc_auc": 0.8, "estimated_roc_auc": 0.8, "losses": LOST_SHARES}
MOVED = {"name": "inputs moved", "severity": "medium", "message": "`price` moved", "cause": "", "cure": "", "money": 90}
BROKEN = MOVED | {"name": "feed broken", "severity": "high", "message": "`use` stopped arriving"}
WON = {"verdict": "better", "said": "better: by profit", "gates": 5, "failed": []}
LOST = {"verdict": "worse", "said": "worse: by profit", "gates": 5, "failed": ['"earns no less": less']}


def told(policy, found=None, duel=WON, failed=(), default=12, lost=None):
    """The months of a policy; findings and losses by day, and the days on which no model can be made."""
    one, task = walk(policy, DAYS, FIRST, default), None
    answer = None
    while True:
        try:
            task = one.send(answer)
        except StopIteration as end:
            return end.value
        if isinstance(task, Train):
            made = {"metrics": {"profit_per_1000": 2000.0}, "digest": name_of(task.model)}
            answer = {"failed": "too few leavers"} if task.model.day in failed else made
        elif isinstance(task, Look):
            shares = LOST_SHARES | (lost or {}).get(task.day, {})
            answer = LOOK | {"findings": (found or {}).get(task.day, []), "losses": shares}
        else:
            assert isinstance(task, Duel)
            answer = duel


def policy(rules=None, alerts=None, **other):
    rules = {**vars(OFF), **(rules or {})}
    return ReplayPolicy(type(OFF)(**rules), AlertRules(**(alerts or {})), **other)


def retrained(months):
    return [month["month"][5:7] for month in months if month["retrained"]]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, []),
        ({"every_days": 28}, ["02", "03", "04", "05", "06", "07", "08"]),
        ({"every_days": 89}, ["04", "07"]),
        ({"max_champion_age_days": 100}, ["05"]),
        ({"every_days": 28, "budget": 2, "budget_days": 1000}, ["02"]),  # the first model was a training as well
        ({"every_days": 28, "cool_down_days": 45}, ["03", "05", "07"]),
    ],
)
def test_trainings_by_time_come_when_their_days_are_over(rules, expected):
    assert retrained(told(policy(rules))) == expected


def test_a_model_serves_from_the_month_after_it_was_made():
    months = told(policy({"every_days": 28}))
    assert [month["champion"] for month in months[:3]] == ["2024-01-01/12 months"] * 2 + ["2024-02-01/12 months"]
    assert [month["champion_age_days"] for month in months[:3]] == [0, 31, 29]
    assert months[1]["champion_after"] == "2024-02-01/12 months"
    assert months[1]["decision"] == {
        "needed": True,
        "reasons": ["schedule calls: 31 days since the last training; limit 28"],
    }


def test_drift_calls_once_it_was_seen_in_two_of_three_looks():
    found = {day: [MOVED] for day in DAYS[2:5]}
    months = told(policy({"on_drift": True, "cool_down_days": 45}), found)
    assert [len(month["alerts"]) for month in months] == [0, 0, 0, 1, 1, 1, 0, 0]
    assert [alert["new"] for month in months for alert in month["alerts"]] == [True, False, False]
    assert retrained(months) == ["04", "06"]
    assert retrained(told(policy({"on_drift": True, "cool_down_days": 45}, {"open_after": 1}), found)) == ["03", "05"]
    assert months[3]["findings"][0]["columns"] == ["price"]


def test_what_alerts_may_cost_calls_from_a_share_of_the_expected_profit_on():
    found = {day: [MOVED] for day in DAYS}
    assert retrained(told(policy({"max_loss_share": 0.05, "cool_down_days": 900}), found)) == []
    assert retrained(told(policy({"max_loss_share": 0.05, "cool_down_days": 150}), found)) == ["06"]
    assert retrained(told(policy({"max_loss_share": 0.1, "cool_down_days": 0}), found)) == []


def test_what_is_lost_of_the_promised_profit_calls_where_it_is_known():
    lost = {DAYS[3]: {"estimated_profit_loss": 0.2}, DAYS[5]: {"realised_profit_loss": 0.2}}
    assert retrained(told(policy({"max_estimated_loss": 0.1}), lost=lost)) == ["04"]
    assert retrained(told(policy({"max_realised_loss": 0.1}), lost=lost)) == ["06"]
    assert retrained(told(policy({"max_estimated_loss": 0.3}), lost=lost)) == []


def test_nothing_is_learned_from_a_broken_feed():
    months = told(policy({"every_days": 28}), {day: [BROKEN] for day in DAYS[2:4]})
    assert retrained(months) == ["02", "06", "07", "08"]  # over after two looks without it
    assert "data holds back" in months[2]["decision"]["reasons"][1]


def test_a_challenger_that_does_not_win_is_a_training_and_no_champion():
    months = told(policy({"every_days": 28}), duel=LOST)
    assert {month["champion_after"] for month in months} == {"2024-01-01/12 months"}
    assert len(retrained(months)) == 7
    assert months[1]["why"] == '1 of 5 gates failed. "earns no less": less'


def test_a_training_that_stops_at_a_check_counts_as_none():
    months = told(policy({"every_days": 50}), failed=[DAYS[2]])
    assert retrained(months) == ["04", "06", "08"]
    assert months[2]["why"] == "the training stopped: too few leavers"
    assert not months[2]["promoted"]


def test_models_come_from_the_policys_own_window():
    months = told(policy({"every_days": 28}, window="all"))
    assert months[1]["champion_after"] == "2024-02-01/all"
    assert told(policy({"every_days": 28}, window="chosen"))[1]["champion_after"] == "2024-02-01/chosen"
    assert model_of("2024-02-01/chosen") == Model("2024-02-01", -1)
    assert model_of("2024-02-01/all") == Model("2024-02-01", 0)
    assert model_of(name_of(FIRST)) == FIRST


def test_what_is_asked_for_whatever_is_seen_is_foreseen():
    assert foreseen(policy(), DAYS, FIRST, 12) == [Look(FIRST, day) for day in DAYS]
    every = foreseen(policy({"every_days": 89}, window="all"), DAYS, FIRST, 12)
    assert every == [Train(Model("2024-04-01", 0)), Train(Model("2024-07-01", 0))]
    assert foreseen(policy({"on_drift": True}), DAYS, FIRST, 12) == []
