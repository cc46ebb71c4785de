from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest

from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.features.windows import CATEGORIES, KEYS, UNITS, build_features

SNAPSHOTS = ("2024-07-01", "2024-08-15", "2024-10-01")


@cache
def business():
    return simulate(SimulatorSettings(customers=1000, months=12, seed=5))


@cache
def features():
    return build_features(business(), SNAPSHOTS)


def frame(columns, *rows):
    """A small table; the columns named here as dates hold dates."""
    table = pd.DataFrame(rows, columns=columns.split())
    dates = {
        "signup_date",
        "month",
        "start",
        "end",
        "discount_until",
        "due",
        "paid_on",
        "known_on",
        "date",
        "cancelled_on",
    }
    return table.astype({column: "datetime64[us]" for column in table if column in dates})


def by_hand(**changed):
    """Three customers: Ann with a full history, Bob who has just come and said nothing, Cem who leaves in June."""
    tables = {
        "customers": frame(
            "customer_id signup_date region age_band channel",
            ("Ann", "2023-01-31", "north", "30-44", "web"),
            ("Bob", "2024-05-20", None, None, None),
            ("Cem", "2022-02-02", "south", "60+", "shop"),
        ),
        "prices": frame("plan month price", ("basic", "2024-06-01", 10.0), ("basic", "2024-07-01", 99.0)),
        "contracts": frame(
            "customer_id plan term start end discount discount_until",
            ("Ann", "premium", "two years", "2022-01-31", None, 0.0, None),
            ("Ann", "basic", "one year", "2024-02-01", "2025-02-01", 0.2, "2024-08-01"),
            ("Bob", "basic", "month-to-month", "2024-05-20", None, 0.0, None),
            ("Cem", "basic", "month-to-month", "2022-02-02", None, 0.0, None),
        ),
        "payments": frame(
            "customer_id due amount paid_on",
            ("Ann", "2023-12-01", 77.0, "2023-12-01"),
            ("Ann", "2024-01-03", 16.0, None),
            ("Ann", "2024-04-03", 8.0, None),
            ("Ann", "2024-05-03", 8.0, "2024-05-09"),
            ("Ann", "2024-05-30", 8.0, "2024-06-02"),
        ),
        "usage": frame(
            "customer_id month minutes sessions known_on",
            ("Ann", "2024-02-01", 600, 20, "2024-02-29"),
            ("Ann", "2024-04-01", 600, 10, "2024-04-30"),
            ("Ann", "2024-05-01", 300, 4, "2024-06-01"),
            ("Ann", "2024-06-01", 9999, 99, "2024-06-01"),
            ("Cem", "2024-05-01", 600, 9, "2024-06-02"),
        ),
        "contacts": frame(
            "customer_id date topic resolved satisfaction",
            ("Ann", "2023-11-30", "billing", False, 1.0),
            ("Ann", "2024-01-15", "billing", False, 2.0),
            ("Ann", "2024-04-15", "billing", False, np.nan),
            ("Ann", "2024-05-12", "technical", True, 5.0),
        ),
        "cancellations": frame("customer_id cancelled_on reason", ("Cem", "2024-06-20", "price")),
        **changed,
    }
    return build_features(tables, ["2024-06-01"]).set_index("customer_id")


@pytest.mark.parametrize(
    ("customer", "feature", "expected"),
    [
        ("Ann", "tenure_months", 17),  # calendar months: January 2023 to June 2024
        ("Ann", "months_on_contract", 4),
        ("Ann", "months_to_term_end", 8),
        ("Ann", "plan", "basic"),  # the contract that began last
        ("Ann", "term", "one year"),
        ("Ann", "discount", 0.2),
        ("Ann", "months_to_discount_end", 2),
        ("Ann", "price", 8.0),  # 10 less a fifth
        ("Ann", "price_change_6m", -0.5),  # from 16, the oldest in six months
        ("Ann", "price_per_hour", 8 / 7.5),
        ("Ann", "usage_hours_last_month", 5),  # known on the day itself
        ("Ann", "usage_hours_mean_3m", 7.5),  # March was never reported
        ("Ann", "usage_hours_mean_6m", 25 / 3),
        ("Ann", "usage_trend_3m", 5 / 7.5 - 1),
        ("Ann", "usage_months_known_3m", 2),
        ("Ann", "sessions_last_month", 4),
        ("Ann", "sessions_mean_3m", 7),
        ("Ann", "contacts_3m", 2),
        ("Ann", "contacts_6m", 3),
        ("Ann", "billing_contacts_3m", 1),
        ("Ann", "unresolved_contacts_3m", 1),
        ("Ann", "days_since_last_contact", 20),
        ("Ann", "satisfaction_mean_6m", 3.5),
        ("Ann", "failed_payments_3m", 2),  # April's, and the one of 30 May that is not paid yet
        ("Ann", "failed_payments_6m", 3),
        ("Ann", "payment_delay_days_mean_3m", 6),
        ("Ann", "month_of_year", 6),
        ("Ann", "region", "north"),
        ("Bob", "tenure_months", 1),
        ("Bob", "price", 10.0),
        ("Bob", "price_change_6m", np.nan),
        ("Bob", "price_per_hour", np.nan),
        ("Bob", "months_to_term_end", np.nan),
        ("Bob", "months_to_discount_end", np.nan),
        ("Bob", "usage_hours_last_month", np.nan),
        ("Bob", "usage_trend_3m", np.nan),
        ("Bob", "usage_months_known_3m", 0),
        ("Bob", "contacts_3m", 0),
        ("Bob", "days_since_last_contact", np.nan),
        ("Bob", "failed_payments_6m", 0),
        ("Bob", "age_band", np.nan),
        ("Cem", "usage_hours_last_month", np.nan),  # arrives a day after the snapshot
        ("Cem", "usage_months_known_3m", 0),
    ],
)
def test_each_feature_is_what_one_computes_by_hand(customer, feature, expected):
    found = by_hand_once().loc[customer, feature]
    assert found == (pytest.approx(expected, nan_ok=True) if isinstance(expected, int | float) else expected)


@cache
def by_hand_once():
    return by_hand()


def test_a_customer_is_active_from_the_day_of_signing_up_to_the_day_before_the_cancellation():
    people = [
        ("new", "2024-06-01"),
        ("next", "2024-06-02"),
        ("left", "2020-01-01"),
        ("leaves", "2020-01-01"),
        ("stays", "2020-01-01"),
    ]
    left = [("left", "2024-06-01", "price"), ("leaves", "2024-06-02", "price")]
    found = by_hand(
        customers=frame(
            "customer_id signup_date region age_band channel", *[(*who, "north", "60+", "web") for who in people]
        ),
        cancellations=frame("customer_id cancelled_on reason", *left),
    )
    assert sorted(found.index) == ["leaves", "new", "stays"]


def known_at(tables, snapshot):
    """The tables as they stood on a day: later rows are not there, later payments not made."""
    dated = {
        "customers": "signup_date",
        "prices": "month",
        "contracts": "start",
        "payments": "due",
        "usage": "known_on",
        "contacts": "date",
        "cancellations": "cancelled_on",
    }
    kept = {name: tables[name][tables[name][column] <= snapshot] for name, column in dated.items()}
    payments = kept["payments"]
    return kept | {"payments": payments.assign(paid_on=payments["paid_on"].where(payments["paid_on"] <= snapshot))}


@pytest.mark.slow
@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_nothing_that_became_known_later_and_no_other_snapshot_changes_a_feature(snapshot):
    then = build_features(known_at(business(), pd.Timestamp(snapshot)), [snapshot])
    among_others = features()[features()["snapshot_date"] == snapshot].reset_index(drop=True)
    pd.testing.assert_frame_equal(among_others, then)


@pytest.mark.slow
def test_neither_order_of_rows_and_dates_nor_the_unit_of_time_matters():
    shuffled = {name: table.sample(frac=1, random_state=1) for name, table in business().items()}
    coarse = {
        name: table.astype({column: "datetime64[s]" for column in table.select_dtypes("datetime")})
        for name, table in shuffled.items()
    }
    again = build_features(coarse, [*reversed(SNAPSHOTS), SNAPSHOTS[0]])
    pd.testing.assert_frame_equal(features(), again, check_exact=True)


@pytest.mark.slow
def test_rows_are_ordered_and_unique_and_columns_are_the_documented_ones():
    assert list(features().columns) == [*KEYS, *UNITS, *CATEGORIES]
    order = features()[["snapshot_date", "customer_id"]]
    assert order.equals(order.drop_duplicates().sort_values(["snapshot_date", "customer_id"]))
    assert all(features()[column].dtype == "float64" for column in UNITS)
    assert all(features()[column].dtype == "str" for column in CATEGORIES)
    assert not np.isinf(features()[list(UNITS)]).any(axis=None)


def test_active_customers_are_those_of_whom_the_truth_is_known():
    truth = business()["truth"].query("snapshot_date == '2024-10-01'")
    found = features().query("snapshot_date == '2024-10-01'")
    assert sorted(found["customer_id"]) == sorted(truth["customer_id"])


@pytest.mark.slow
def test_tables_that_are_not_read_yet_give_the_same_features(tmp_path):
    engine = ibis.duckdb.connect()
    for name, table in business().items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    lazy = {path.stem: engine.read_parquet(path, table_name=path.stem) for path in tmp_path.glob("*.parquet")}
    pd.testing.assert_frame_equal(build_features(lazy, SNAPSHOTS), features())
