"""Quiet months of the simulator, and of tables without dates, are alarmed no more often than stated; events are."""

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.data.simulator.business import simulate
from churn_mlops.data.simulator.settings import SimulatorSettings
from churn_mlops.features.build import build
from churn_mlops.features.signature import conform, make_signature
from churn_mlops.monitoring.alerts import make_alerts
from churn_mlops.monitoring.domain import domain_drift
from churn_mlops.monitoring.drift import drift_table

REFERENCE, GAP, FIRST = 12, 3, 10  # months that are learned from at most, of the gap after them, before the first look
MONEY = Money(300, 4, 0.3)


def months_of(seed, months=30, customers=6000, **events):
    """The features of a simulated business, by month, as a model sees them, and their signature."""
    settings = {"customers": customers, "months": months, "seed": seed, **events}
    dataset = Dataset("s", "simulator", id="customer_id", target="churned", snapshot_date="snapshot_date")
    definition = Definition(dataset, MONEY, settings)
    features = build(definition, simulate(SimulatorSettings.from_dict(settings))).features
    signature = make_signature(features.drop(columns="month_of_year"), "customer_id", "snapshot_date")
    return conform(features, signature), features["snapshot_date"], signature


def looked(X, dates, signature, month):
    """The alerts of a look at one month: (names of columns that moved, the alerts)."""
    moments = sorted(dates.unique())
    before = dates.isin(moments[max(month - GAP - REFERENCE, 0) : month - GAP + 1]).to_numpy()
    now = (dates == moments[month]).to_numpy()
    seen = X[before], X[now], signature, dates[before].reset_index(drop=True), dates[now]
    moved = drift_table(*seen)
    return moved, make_alerts(moved, None, None, None, domain=domain_drift(*seen))


@pytest.mark.nightly
def test_at_most_one_in_twenty_quiet_months_is_alarmed():
    alarmed = []
    for seed in (7, 8, 9, 10):
        X, dates, signature = months_of(seed)
        alarmed += [bool(looked(X, dates, signature, m)[1]) for m in range(FIRST, dates.nunique())]
    assert len(alarmed) >= 40
    assert np.mean(alarmed) <= 0.05


EVENTS = {"price_rise_month": "price", "broken_feed_month": "usage_hours_last_month", "new_market_month": "region"}


@pytest.mark.nightly
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_alarmed_in_the_first_look_at_which_it_can_be_seen(event):
    X, dates, signature = months_of(7, **{event: 28})
    moved, alerts = looked(X, dates, signature, dates.nunique() - 1)
    assert moved.set_index("column").loc[EVENTS[event], "verdict"] == "moved"
    assert alerts
    assert ("feed broken" in {alert.name for alert in alerts}) == (event == "broken_feed_month")


@pytest.mark.nightly
def test_a_season_is_not_alarmed_in_its_second_year():
    for seed in (7, 8, 9):
        X, dates, signature = months_of(seed, seasonal_dip_month=8)
        moments = sorted(dates.unique())
        after = [moments.index(pd.Timestamp(f"2025-{month}-01")) for month in ("09", "10", "11")]
        assert [looked(X, dates, signature, month)[1] for month in after] == [[], [], []]


@pytest.mark.slow
def test_tables_without_dates_are_alarmed_in_at_most_one_of_twenty():
    alarmed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame({f"n{i}": rng.exponential(size=1500).round(1) for i in range(12)})
        frame["plan"] = rng.choice(["a", "b", "c"], 1500, p=[0.6, 0.3, 0.1])
        signature = make_signature(frame.assign(id=range(1500)), "id")
        seen = frame[:1000], frame[1000:].reset_index(drop=True), signature
        alarmed += bool(make_alerts(drift_table(*seen, psi_floor=0), None, None, None, domain=domain_drift(*seen)))
    assert alarmed <= 2
