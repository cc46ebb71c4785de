import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from churn_mlops.config import read_config
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.data.simulator.tables import TABLES
from churn_mlops.errors import ConfigError

SMALL = {"customers": 1500, "months": 9, "seed": 3}
EVENTS = ("price_rise_month", "new_market_month", "broken_feed_month", "slow_change_month")
WITHOUT_EVENTS = "f4d9794e9e575bd0a7f28cec411a5095d1ab303dfb82219ecf6f3883e1229be0"  # of SMALL, before the slow change
HAPPENED = {  # table -> the column that says when
    "customers": "signup_date",
    "prices": "month",
    "contracts": "start",
    "payments": "due",
    "usage": "month",
    "contacts": "date",
    "cancellations": "cancelled_on",
    "truth": "snapshot_date",
}


@cache
def business(**changed):
    return simulate(SimulatorSettings(**SMALL | changed))


@cache
def large():
    return simulate(SimulatorSettings(customers=10_000, months=20))


@cache
def labelled():
    """The truth beside what then happened: who left in the 30 days after the snapshot."""
    tables = large()
    left = tables["cancellations"].set_index("customer_id")["cancelled_on"]
    days = (tables["truth"]["customer_id"].map(left) - tables["truth"]["snapshot_date"]).dt.days
    return tables["truth"].assign(churned=days.between(1, 30), days=days)


DIGEST = """
import hashlib, io
from churn_mlops.data.simulator import SimulatorSettings, simulate
total = hashlib.sha256()
for frame in simulate(SimulatorSettings(customers=1500, months=9, seed=3)).values():
    frame.to_parquet(buffer := io.BytesIO())
    total.update(buffer.getvalue())
print(total.hexdigest())
"""


@pytest.mark.slow
@pytest.mark.parametrize("surroundings", [{"PYTHONHASHSEED": "5", "TZ": "Pacific/Auckland", "LC_ALL": "C"}])
def test_the_same_seed_gives_the_same_bytes_wherever_it_runs(surroundings, tmp_path):
    total = hashlib.sha256()
    for name, frame in business().items():
        frame.to_parquet(tmp_path / name)
        total.update((tmp_path / name).read_bytes())
    elsewhere = subprocess.run(
        [sys.executable, "-c", DIGEST], env=os.environ | surroundings, capture_output=True, text=True, check=True
    )
    assert elsewhere.stdout.strip() == total.hexdigest()


def test_without_events_the_tables_are_those_that_they_have_always_been():
    total = hashlib.sha256()
    for name, frame in business().items():
        total.update(name.encode() + pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    assert total.hexdigest() == WITHOUT_EVENTS


def test_another_seed_gives_another_business():
    assert not business()["truth"].equals(business(seed=4)["truth"])


@pytest.mark.parametrize("name", TABLES)
def test_every_table_survives_parquet_unchanged(name, tmp_path):
    frame = business()[name]
    frame.to_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "table.parquet"), frame)


@pytest.mark.parametrize("name", TABLES)
def test_no_table_is_empty_and_no_row_stands_twice(name):
    frame = business()[name]
    assert len(frame)
    assert not frame.duplicated().any()


@pytest.mark.parametrize(("customers", "months"), [(1500, 9), (1500, 30), (400, 60)])
def test_about_as_many_customers_as_asked_for_live_through_the_period(customers, months):
    tables = simulate(SimulatorSettings(customers=customers, months=months))
    assert tables["customers"]["customer_id"].is_unique
    assert len(tables["customers"]) == pytest.approx(customers, rel=0.15)
    assert tables["truth"]["snapshot_date"].nunique() == months


def test_the_truth_covers_every_active_customer_at_every_snapshot():
    tables = business()
    left = tables["cancellations"].set_index("customer_id")["cancelled_on"]
    people = tables["customers"].assign(left=lambda frame: frame["customer_id"].map(left))
    for snapshot, truth in tables["truth"].groupby("snapshot_date"):
        there = people[(people["signup_date"] <= snapshot) & ~(people["left"] <= snapshot)]
        assert sorted(truth["customer_id"]) == sorted(there["customer_id"])


@pytest.mark.slow
def test_the_probability_is_true_month_by_month_and_for_small_and_large_risks():
    truth = labelled()
    for key in (truth["snapshot_date"], pd.qcut(truth["probability"], 20)):
        groups = truth.groupby(key, observed=True)
        expected, seen, size = groups["probability"].mean(), groups["churned"].mean(), groups.size()
        error = (expected * (1 - expected) / size) ** 0.5
        assert ((expected - seen).abs() < 4 * error).all()


@pytest.mark.slow
def test_three_in_a_hundred_leave_a_month_and_the_truth_ranks_them_well_but_not_perfectly():
    truth = labelled()
    assert 0.025 < truth["churned"].mean() < 0.04
    assert 0.85 < roc_auc_score(truth["churned"], truth["probability"]) < 0.91


@pytest.mark.parametrize("horizon_days", [28, 30, 31])
def test_a_horizon_of_a_month_holds_the_cancellations_of_that_month_and_no_other(horizon_days):
    truth = labelled()
    within = truth["days"].between(0, horizon_days - 1)
    same_month = truth["days"].between(0, 27) & within
    assert truth["churned"].sum() == len(large()["cancellations"])
    assert within.equals(same_month)


def test_winter_and_summer_differ():
    truth = labelled().groupby(labelled()["snapshot_date"].dt.month)["probability"].mean()
    assert truth[1] > 1.15 * truth[7]


def test_some_usage_is_known_late_and_none_after_the_period():
    usage = business()["usage"]
    month_end = usage["month"] + pd.offsets.MonthEnd(1)
    assert (usage["known_on"] >= month_end).all()
    assert 0.02 < (usage["known_on"] > month_end).mean() < 0.06
    assert usage["known_on"].max() == pd.Timestamp("2024-09-30")


@pytest.mark.parametrize(
    ("table", "column", "low", "high"),
    [
        ("customers", "age_band", 0.05, 0.11),
        ("customers", "region", 0.005, 0.05),
        ("payments", "paid_on", 0.01, 0.06),
        ("contacts", "satisfaction", 0.4, 0.5),
    ],
)
def test_some_values_are_missing(table, column, low, high):
    assert low < business()[table][column].isna().mean() < high


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_changes_its_month_and_nothing_before(event):
    usual, changed = business(), business(**{event: 5})
    moment = pd.Timestamp("2024-06-01")
    differing = []
    for table, column in HAPPENED.items():
        before = [frame[frame[column] < moment].reset_index(drop=True) for frame in (usual[table], changed[table])]
        pd.testing.assert_frame_equal(*before)
        after = [frame[frame[column] >= moment].reset_index(drop=True) for frame in (usual[table], changed[table])]
        differing += [table] * (not after[0].equals(after[1]))
    expected = {
        "price_rise_month": "prices", "new_market_month": "customers", "broken_feed_month": "usage",
        "slow_change_month": "cancellations",
    }  # fmt: skip
    assert expected[event] in differing


def mean_from_june(table, column):
    return table.loc[table[{"price": "month", "probability": "snapshot_date"}[column]] >= "2024-06-01", column].mean()


def test_after_a_price_rise_prices_are_higher_and_more_customers_leave():
    usual, dearer = business(), business(price_rise_month=5, price_rise=0.5)
    assert mean_from_june(dearer["prices"], "price") == pytest.approx(1.5 * mean_from_june(usual["prices"], "price"))
    assert mean_from_june(dearer["truth"], "probability") > 1.2 * mean_from_june(usual["truth"], "probability")


def test_a_new_market_brings_a_region_that_was_not_there():
    assert "overseas" not in set(business()["customers"]["region"])
    new = business(new_market_month=5)["customers"].query("region == 'overseas'")
    assert new["signup_date"].min() >= pd.Timestamp("2024-06-01")
    assert len(new)


def test_a_broken_feed_loses_usage_and_changes_nobody():
    usual, broken = business(), business(broken_feed_month=5)
    share = [(tables["usage"]["month"] >= "2024-06-01").sum() for tables in (usual, broken)]
    assert share[1] / share[0] == pytest.approx(0.4, abs=0.03)
    for table in set(TABLES) - {"usage"}:
        pd.testing.assert_frame_equal(usual[table], broken[table])


def test_a_wrong_table_is_refused_with_every_mistake_at_once():
    raw = {"custmers": 10, "months": "30", "seed": True, "start": "2024-01-15", "price_rise": float("nan")}
    with pytest.raises(ConfigError) as caught:
        SimulatorSettings.from_dict(raw)
    message = str(caught.value)
    for part in (
        "5 mistakes",
        "`custmers`; did you mean `customers`?",
        "`months` is '30'; expected a whole number",
        "`seed` is True",
        "`start` is '2024-01-15'; expected the first day",
        "`price_rise` is nan",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("customers", 10),
        ("months", 5),
        ("months", 500),
        ("start", "soon"),
        ("start", "1950-01-01"),
        ("seed", -1),
        ("price_rise", -1),
        ("price_rise_month", 30),
        ("new_market_month", -1),
        ("broken_feed_month", 99),
        ("slow_change_month", 30),
        ("seasonal_dip_month", 13),
        ("seasonal_dip", 1.0),
    ],
)
def test_a_value_out_of_range_is_named(key, value):
    with pytest.raises(ConfigError, match=f"`{key}` is {value!r}; expected"):
        SimulatorSettings.from_dict({key: value})


def test_the_embedded_definition_says_what_the_defaults_are():
    config = read_config(Path(__file__).parents[2] / "configs" / "simulator.toml")
    assert SimulatorSettings.from_dict(config.definition.simulator) == SimulatorSettings()
