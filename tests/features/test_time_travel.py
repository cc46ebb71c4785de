from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis import _

from churn_mlops.config import Dataset, Definition, Events, Money
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.errors import CheckError
from churn_mlops.features import time_travel, windows
from churn_mlops.features.build import build
from churn_mlops.features.events import lines

pytestmark = pytest.mark.slow

MONEY = Money(100, 10, 0.5)
SHOP = Definition(
    Dataset("s", "simulator", "customer_id", "churned", snapshot_date="snapshot_date"),
    MONEY,
    {"customers": 2_000, "months": 14, "seed": 3},
)
LOG = Definition(
    Dataset("l", "l.csv", "customer", snapshot_date="snapshot_date", horizon_days=30),
    MONEY,
    events=Events(time="at", amount="paid", windows=(7, 30), first="2024-02-01", active_days=60),
)
PLAIN = Definition(Dataset("p", "p.csv", "id", "left", snapshot_date="day"), MONEY)


@cache
def shop():
    return simulate(SimulatorSettings.from_dict(SHOP.simulator))


@cache
def log():
    rng = np.random.default_rng(2)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 160 * 24, 6_000), unit="h")
    customers = pd.Series([f"c{n}" for n in rng.integers(0, 300, 6_000)])
    return pd.DataFrame({"customer": customers, "at": days.as_unit("us"), "paid": rng.integers(1, 99, 6_000) / 4})


def compared(definition, tables):
    return time_travel.compare(definition, tables, build(definition, tables).features)


@pytest.mark.parametrize("definition", [SHOP, LOG], ids=["simulator", "events"])
def test_the_features_of_the_project_know_nothing_that_came_later(definition):
    table = compared(definition, shop() if definition is SHOP else {"table": log()})
    time_travel.check(table)
    assert table["differs"].sum() == 0
    assert (table["rows"] > 200).all()
    assert len(table) > 10


def reads_on(name, change):
    """One of the simulator's feature functions, which is given a table whose moments lie earlier than they did."""
    own = getattr(windows, name)

    def planted(active, table, *others):
        return own(active, change(table), *others)

    return name, planted


# Contracts begin on the first of a month, so that a day more shows nothing of them; a month more does.
DAY = ibis.interval(days=1)
WINDOWS = [
    (*reads_on("contact_features", lambda table: table.mutate(date=_.date - DAY)), "contacts_3m"),
    (*reads_on("usage_features", lambda table: table.mutate(known_on=_.known_on - DAY)), "usage_months_known_3m"),
    (*reads_on("payment_features", lambda table: table.mutate(due=_.due - 2 * DAY)), "failed_payments_3m"),
    (*reads_on("contract_features", lambda table: table.mutate(start=_.start - 31 * DAY)), "months_on_contract"),
]


@pytest.mark.parametrize(("name", "planted", "feature"), WINDOWS, ids=[name for name, _, _ in WINDOWS])
def test_a_window_that_reaches_a_day_into_the_future_is_found_with_the_number_of_rows(
    monkeypatch, name, planted, feature
):
    monkeypatch.setattr(windows, name, planted)
    table = compared(SHOP, shop())
    with pytest.raises(CheckError, match=rf"`{feature}` in [1-9][\d,]* of [\d,]+ rows(.|\n)*Cure: ") as caught:
        time_travel.check(table)
    assert caught.value.exit_code == 4


def test_a_value_that_is_used_before_it_is_known_is_found(monkeypatch):
    """Whether a payment failed is read off its date of payment, whenever that was."""
    early = {
        **shop(),
        "payments": shop()["payments"].assign(paid_on=lambda rows: rows["paid_on"] + pd.Timedelta(days=40)),
    }
    monkeypatch.setattr(windows, *reads_on("payment_features", lambda t: t.mutate(paid_on=_.paid_on - 60 * DAY)))
    table = compared(SHOP, early).set_index("feature")
    assert table.loc["failed_payments_3m", "differs"] > 0


def test_a_day_too_many_in_a_log_of_events_is_found(monkeypatch):
    own = lines.day_of
    monkeypatch.setattr(lines, "day_of", lambda moment: own(moment) - 1)
    with pytest.raises(CheckError, match="`events_7d` in"):
        time_travel.check(compared(LOG, {"table": log()}))


def test_a_customer_who_is_there_only_with_what_came_later_is_told(monkeypatch):
    own = windows.active_customers

    def planted(customers, cancellations, snapshots):
        return own(customers.mutate(signup_date=_.signup_date - 40 * DAY), cancellations, snapshots)

    monkeypatch.setattr(windows, "active_customers", planted)
    assert compared(SHOP, shop()).set_index("feature").loc[time_travel.PRESENT, "differs"] > 0


def test_columns_that_come_with_the_data_have_nothing_to_be_made_again_from():
    table = time_travel.compare(PLAIN, {}, pd.DataFrame({"id": ["a"], "day": [pd.Timestamp("2024-01-01")]}))
    assert list(table) == ["feature", "rows", "differs"]
    assert table.empty
    time_travel.check(table)
