"""The events of the simulator: what they do, how they are told, and when the best possible detector notices them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from churn_mlops.data.simulator import SimulatorSettings, events, market, simulate
from churn_mlops.data.simulator.business import lived
from churn_mlops.data.simulator.noticing import FALSE_ALARMS, first_noticed, is_noticed, log_ratio

pytestmark = pytest.mark.slow

CALM = SimulatorSettings(customers=4000, months=30, seed=3)
SLOW = replace(CALM, slow_change_month=10)
DIP = replace(CALM, seasonal_dip_month=8, seasonal_dip=0.3)


@cache
def truth(settings):
    """Of each month: who left, and the probabilities with the change and without it."""
    return lived(settings, settings.months)["truth"]


def ranked(settings, months, name):
    parts = [truth(settings)[month] for month in months]
    p, seen = (np.concatenate([part[key] for part in parts]) for key in ("probability", name))
    left = np.random.default_rng(0).random(len(p)) < p
    return roc_auc_score(left, seen)


def test_a_slow_change_takes_a_year_and_then_stays():
    shifts = [market.shift(SLOW, month) for month in range(30)]
    assert shifts[:10] == [0] * 10
    assert shifts == sorted(shifts)
    assert 0 < shifts[10] < 0.05
    assert 0.4 < shifts[15] < 0.6
    assert set(shifts[21:]) == {1.0}


def test_after_a_slow_change_the_old_reasons_rank_badly_and_the_new_ones_as_well_as_ever():
    before, after = range(4, 10), range(22, 30)
    assert ranked(SLOW, before, "unchanged") == ranked(SLOW, before, "probability")
    assert ranked(SLOW, after, "probability") > 0.84
    assert ranked(SLOW, after, "unchanged") < ranked(SLOW, after, "probability") - 0.05


def test_after_a_slow_change_the_tables_tell_who_leaves_now():
    """Those who use it much were the safest; a model that learns from the tables finds them leaving most."""
    tables = simulate(replace(SLOW, customers=8000))
    usage = tables["usage"].assign(snapshot_date=tables["usage"]["month"] + pd.offsets.MonthBegin(1))
    rows = tables["truth"].merge(usage, on=["customer_id", "snapshot_date"])
    rows["much"] = rows["minutes"] > 20 * 60
    old, new = (rows[rows["snapshot_date"].between(*span)] for span in (("2024-03", "2024-10"), ("2025-12", "2026-07")))
    risk = [part.groupby("much")["probability"].mean() for part in (old, new)]
    assert risk[0][True] < risk[0][False]
    assert risk[1][True] > 1.5 * risk[1][False]


def test_the_rate_of_leaving_gives_a_slow_change_away_only_a_little():
    rates = [np.mean([truth(settings)[m]["probability"].mean() for m in range(22, 30)]) for settings in (CALM, SLOW)]
    assert rates[1] == pytest.approx(rates[0], rel=0.3)


def test_in_the_dip_use_falls_every_year_and_comes_back():
    calm, dip = (simulate(s)["usage"].groupby("month")["minutes"].mean() for s in (CALM, DIP))
    ratio = dip / calm
    august = ratio.index.month == 8
    assert august.sum() == 2
    assert ratio[august].to_numpy() == pytest.approx(0.7, abs=0.06)
    assert ratio[~august].to_numpy() == pytest.approx(1, abs=0.06)


def test_a_dip_of_nothing_and_a_dip_that_never_comes_are_none():
    for settings in (replace(DIP, seasonal_dip=0.0), replace(CALM, seasonal_dip=0.5)):
        assert simulate(settings)["usage"].equals(simulate(CALM)["usage"])
        assert events(settings) == []


def test_events_are_told_in_order_of_time_with_what_they_are():
    settings = replace(CALM, price_rise_month=20, broken_feed_month=26, new_market_month=3, seasonal_dip_month=8)
    told = [(event["month"], event["what"], event["real"], event["kind"], event["until"]) for event in events(settings)]
    assert told == [
        ("2024-04-01", "new market", True, "customers", "2025-04-01"),
        ("2024-08-01", "seasonal dip", False, "none", "2024-12-01"),
        ("2025-08-01", "seasonal dip", False, "none", "2025-12-01"),
        ("2025-09-01", "price rise", True, "customers", "2026-09-01"),
        ("2026-03-01", "broken feed", True, "feed", "2027-03-01"),
    ]


@pytest.mark.parametrize(
    ("changed", "noticeable"),
    [
        ({"price_rise_month": 20}, "2025-09-01"),  # the price of the month is known on its first day
        ({"new_market_month": 20}, "2025-10-01"),  # they sign up within the month
        ({"broken_feed_month": 20}, "2025-10-01"),  # a month's usage is known at its end
        ({"price_rise_month": 20, "price_rise": 0.0}, None),
        ({"broken_feed_month": 29}, "2026-07-01"),  # the first day after the period is the last look
        ({"slow_change_month": 29}, None),
        ({}, None),
    ],
)
def test_an_event_is_noticeable_on_the_first_day_that_shows_it(changed, noticeable):
    told = events(replace(CALM, **changed))
    assert [event["noticeable"] for event in told] == ([noticeable] if changed else [])


def test_more_customers_make_a_slow_change_noticeable_earlier_and_never_before_its_labels():
    looks = [first_noticed(replace(SLOW, customers=n), "slow_change_month") for n in (500, 4000, 50_000)]
    assert looks == sorted(looks, reverse=True)
    assert looks[0] > looks[-1] >= 11
    assert first_noticed(SLOW, "slow_change_month", horizon_days=90) >= looks[1] + 2


def test_the_best_detector_alarms_by_mistake_as_rarely_as_stated_and_notices_as_often():
    """The ratio of real draws, many times over, with and without the change, at the line that `is_noticed` draws."""
    month, rng = truth(SLOW)[14], np.random.default_rng(1)
    usual, changed = month["unchanged"], month["probability"]
    gained, noise = log_ratio(changed, usual)
    weight = np.log(changed / usual) - np.log((1 - changed) / (1 - usual))
    calm, moved = ((rng.random((4000, len(p))) < p) @ weight for p in (usual, changed))
    line = usual @ weight + 1.645 * noise**0.5
    assert np.mean(calm > line) == pytest.approx(FALSE_ALARMS, abs=0.015)
    assert is_noticed(gained, noise) == (np.mean(moved > line) >= 0.5)
    rate = np.ones_like(weight)  # a detector that looks at the rate of leaving alone sees less
    calm, moved = ((rng.random((4000, len(p))) < p) @ rate for p in (usual, changed))
    assert np.mean(moved < np.quantile(calm, FALSE_ALARMS)) < 0.5


def test_nothing_is_gained_where_nothing_changes():
    p = np.linspace(0.01, 0.9, 50)
    assert log_ratio(p, p) == (0, 0)
    assert not is_noticed(0, 0)
    assert log_ratio(np.array([0.4]), np.array([0.0])) == (0, 0)  # it may be impossible, yet hardly ever happens
    assert log_ratio(np.array([0.6]), np.array([0.0]))[0] == np.inf
