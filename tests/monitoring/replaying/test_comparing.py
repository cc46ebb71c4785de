"""What each policy earned, how sure that is, which is recommended, and how training on drift stands."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.replays import POLICIES, RISE, make_replay

from churn_mlops.errors import DataError
from churn_mlops.monitoring.replaying import compare
from churn_mlops.monitoring.replaying.earning import by_customer, totals, with_interval
from churn_mlops.monitoring.replaying.recommending import recommend


@cache
def made():
    return make_replay()


@cache
def compared():
    return compare(*made(), replicates=300)


def test_it_is_json_and_comes_out_the_same_again():
    text = json.dumps(compared(), allow_nan=False)
    assert json.dumps(compare(*made(), replicates=300), allow_nan=False) == text


def test_profit_is_the_sum_over_the_months_with_truth_and_lies_in_its_interval():
    replay, _ = made()
    for name, policy in compared()["policies"].items():
        profits = [row["profit"] for row in replay["policies"][name]["months"][:-1]]
        assert policy["profit"]["value"] == pytest.approx(sum(profits))
        assert policy["profit"]["low"] < policy["profit"]["value"] < policy["profit"]["high"]
        assert [one["profit"] for one in policy["cumulative"]] == pytest.approx(np.cumsum(profits))
    assert compared()["months_with_truth"] == replay["months"][:-1]
    assert compared()["customers"] == 300


def test_differences_are_paired_and_so_surer_than_the_profits_themselves():
    policies = compared()["policies"]
    drift, never = policies["drift"], policies["never"]
    assert drift["vs_never"]["value"] == pytest.approx(drift["profit"]["value"] - never["profit"]["value"])
    assert drift["vs_never"]["low"] > 0
    width = {key: drift[key]["high"] - drift[key]["low"] for key in ("profit", "vs_never")}
    assert width["vs_never"] < 0.7 * width["profit"]
    assert never["vs_never"] == {"value": 0, "low": 0, "high": 0}
    assert policies[compared()["best"]]["vs_best"] == {"value": 0, "low": 0, "high": 0}


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_stated():
    """Businesses of known profit, drawn again and again: 95% intervals that hold in 90% to 99% of them."""
    rng, held = np.random.default_rng(0), 0
    for seed in range(200):
        earned = rng.exponential(3, (150, 1))
        told = with_interval(earned.sum(), totals(earned, seed, 200)[:, 0])
        held += told["low"] <= 450 <= told["high"]
    assert 0.88 <= held / 200 <= 0.99


def test_trainings_promotions_and_alarms_are_counted():
    policies = compared()["policies"]
    assert {name: p["retrainings"] for name, p in policies.items()} == {n: len(t) for n, t in POLICIES.items()}
    assert policies["drift"]["alerts"] == 2
    assert policies["drift"]["false_alarms"] == []
    assert policies["monthly"]["false_alarms"] == [{"month": "2025-06-01", "name": "scores moved"}]
    assert (policies["monthly"]["quiet_alarmed"], policies["monthly"]["quiet_months"]) == (1, 2)
    assert [c["days"] for c in policies["drift"]["changes"]] == [30, 30]
    assert policies["drift"]["changes"][1]["named"] is True


def test_the_cheapest_policy_within_noise_of_the_best_is_recommended_with_its_toml():
    recommended, policies = compared()["recommended"], compared()["policies"]
    assert recommended["policy"] == "estimated loss"
    assert recommended["toml"] == made()[0]["policies"]["estimated loss"]["toml"]
    assert compared()["best"] in recommended["within"]
    assert "never" not in recommended["within"]
    assert min(policies[n]["retrainings"] for n in recommended["within"]) == len(POLICIES["estimated loss"])


def told(**policies):
    """A comparison in which each policy has (trainings, net profit, within noise)."""
    return {
        "months_with_truth": ["2025-06-01"],
        "best": max(policies, key=lambda name: policies[name][1]),
        "policies": {
            name: {"retrainings": count, "net": {"value": net}, "within_noise": within}
            for name, (count, net, within) in policies.items()
        },
    }


@pytest.mark.parametrize(
    ("policies", "chosen", "words"),
    [
        ({"never": (0, 5, False), "drift": (3, 9, True), "monthly": (24, 10, True)}, "drift",
         "`monthly` earned most, with 24 trainings; `drift` with 3 is within chance of it."),
        ({"never": (0, 5, False), "drift": (3, 9, True)}, "drift",
         "`drift` earned most, with 3 trainings; no other policy is within chance of it."),
        ({"never": (0, 8, True), "drift": (3, 9, True)}, "never",
         "`drift` earned most, with 3 trainings; `never` with 0 is within chance of it."),
        ({"drift": (3, 9, True), "own": (3, 8, True)}, "own",
         "`drift` earned most, with 3 trainings; `own`, which is what you have already, with as many is within"),
        ({"drift": (1, 9, True), "monthly": (24, 8, True)}, "drift",
         "`drift` earned most, with 1 training; no fewer did those within chance of it: `monthly` (24)."),
        ({"a": (3, 9, True), "b": (3, 8, True)}, "a", "`a` earned most"),
    ],
)  # fmt: skip
def test_the_fewest_trainings_win_within_noise_then_what_one_has_then_profit(policies, chosen, words):
    recommended = recommend(told(**policies))
    assert recommended["policy"] == chosen
    assert words in recommended["reason"]


def test_what_a_training_costs_may_turn_the_scale():
    replay, gains = make_replay(policies={"never": (), "monthly": range(24)})
    free = compare(replay, gains, 100)
    dear = compare(replay | {"retraining_cost": 10_000}, gains, 100)
    assert (free["best"], dear["best"]) == ("monthly", "never")
    assert dear["recommended"]["policy"] == "never"
    monthly = dear["policies"]["monthly"]
    assert monthly["net"]["value"] == pytest.approx(monthly["profit"]["value"] - 240_000)
    assert monthly["vs_never"]["value"] == pytest.approx(free["policies"]["monthly"]["vs_never"]["value"] - 240_000)


def test_the_criteria_stand_with_their_numbers():
    rows = {row["name"]: row for row in compared()["criteria"]}
    assert {name: row["met"] for name, row in rows.items()} == {
        "profit of training every month": True,
        "trainings of every month": True,
        "more than never training": True,
        "real changes noticed": True,
        "quiet months alarmed": True,
        "broken feeds named as such": True,
        "a season alarmed in its second year": True,
    }
    assert rows["trainings of every month"]["seen"] == "3 of 24"
    assert rows["real changes noticed"]["seen"] == "2 of 2"


def test_criteria_that_fail_say_so_and_those_that_nothing_tells_of_stay_open():
    replay, gains = make_replay(policies={"never": (), "monthly": range(24), "drift": range(0, 24)}, changes=[RISE],
                                alerts={})  # fmt: skip
    replay["policies"]["drift"]["months"][1]["alerts"] = [
        {"name": "inputs moved", "new": True, "state": "open", "since": "2025-07-01"}
    ]
    rows = {row["name"]: row for row in compare(replay, gains, 50)["criteria"]}
    assert rows["trainings of every month"]["met"] is False
    assert rows["real changes noticed"]["met"] is False
    assert rows["real changes noticed"]["seen"] == "0 of 1; not: price rise"
    assert (rows["quiet months alarmed"]["met"], rows["quiet months alarmed"]["seen"]) == (False, "1 of 12")
    assert rows["broken feeds named as such"]["met"] is None
    assert rows["a season alarmed in its second year"]["met"] is None


def test_where_nobody_knows_what_has_changed_no_alert_is_called_false():
    replay, gains = make_replay(customers=40)
    comparison = compare(replay | {"changes": None}, gains, 50)
    drift = comparison["policies"]["drift"]
    assert (drift["false_alarms"], drift["quiet_months"], drift["quiet_alarmed"]) == (None, None, None)
    assert drift["alerts"] == 2
    assert {row["name"]: row["met"] for row in comparison["criteria"]}["quiet months alarmed"] is None


def test_without_any_truth_nothing_is_recommended():
    replay, gains = make_replay(count=2)
    for policy in replay["policies"].values():
        policy["months"][0]["profit"] = None
    comparison = compare(replay, gains, 50)
    assert comparison["recommended"]["policy"] is None
    assert comparison["recommended"]["toml"] == ""
    assert comparison["policies"]["drift"]["profit"] == {"value": 0, "low": None, "high": None}


def test_a_table_that_is_not_that_of_the_replay_is_refused():
    replay, gains = made()
    with pytest.raises(DataError, match="no column for the policy `own`"):
        compare(replay, gains.drop(columns="own"))
    with pytest.raises(DataError, match=r"policy `drift`: gains\.parquet adds up to"):
        compare(replay, gains.assign(drift=gains["drift"] + 1))


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.floats(-1e6, 1e6)), max_size=40))
def test_what_customers_brought_adds_up_whatever_their_rows(rows):
    frame = pd.DataFrame(rows, columns=["customer", "month", "a"]).astype({"a": float})
    frame["month"] = pd.to_datetime("2025-01-01") + pd.to_timedelta(frame["month"] * 31, unit="D")
    months = sorted(frame["month"].dt.strftime("%Y-%m-%d").unique())
    earned = by_customer(frame.assign(customer=frame["customer"].astype("str")), ["a"], months)
    assert earned.shape == (frame["customer"].nunique(), 1)
    assert earned.sum() == pytest.approx(frame["a"].sum(), abs=1e-3)
