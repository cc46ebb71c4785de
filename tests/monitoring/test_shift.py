"""Distributions of stored tables are compared as for drift, counted in the database."""

import ibis
import numpy as np
import pandas as pd
import pytest

from churn_mlops.features.signature import make_signature
from churn_mlops.monitoring.drift import drift_table
from churn_mlops.monitoring.shift import LEVELS, compare_distributions

RNG = np.random.default_rng(3)
ROWS = 4_000
BASE = pd.DataFrame(
    {
        "amount": RNG.normal(size=ROWS),
        "count": RNG.poisson(2, ROWS),
        "plan": RNG.choice(["basic", "plus", "pro"], ROWS),
        "paid": RNG.random(ROWS) < 0.3,
        "empty": np.full(ROWS, np.nan),
        "day": pd.to_datetime("2024-01-01"),
    }
)
AGAIN = BASE.sample(ROWS, replace=True, random_state=1)


def compare(a, b, **options):
    tables = ibis.memtable(a), ibis.memtable(b)
    found = compare_distributions(*tables, lambda name: a[name].to_numpy(dtype=float, na_value=np.nan), **options)
    return {row["column"]: row for row in found}


def moved(a, b):
    return [name for name, row in compare(a, b).items() if row["moved"]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"amount": AGAIN["amount"] + 1}, ["amount"]),
        ({"count": AGAIN["count"] * 2}, ["count"]),
        ({"amount": AGAIN["amount"].mask(RNG.random(ROWS) < 0.2)}, ["amount"]),
        ({"plan": AGAIN["plan"].replace("pro", "new")}, ["plan"]),
        ({"plan": AGAIN["plan"].mask(RNG.random(ROWS) < 0.2)}, ["plan"]),
        ({"paid": ~AGAIN["paid"]}, ["paid"]),
        ({"empty": 1.0}, ["empty"]),
        ({"day": pd.to_datetime("2025-01-01")}, []),
        ({"amount": np.inf}, ["amount"]),
    ],
    ids=[
        "chance",
        "shifted",
        "doubled",
        "missing",
        "a new level",
        "levels missing",
        "turned",
        "filled",
        "later",
        "inf",
    ],
)
def test_what_moved_is_told_from_chance(change, expected):
    assert moved(BASE, AGAIN.assign(**change)) == expected


def test_equal_tables_have_nothing_to_tell():
    assert compare(BASE, BASE) == {}


def test_the_measure_is_that_of_drift():
    b = AGAIN.assign(amount=AGAIN["amount"] * 1.5, plan=AGAIN["plan"].replace("pro", "plus"))
    found, names = compare(BASE, b), ["amount", "count", "plan"]
    signature = make_signature(BASE[names].assign(id="x"), "id")
    drift = drift_table(BASE[names], b[names], signature).set_index("column")["psi"]
    assert found["amount"]["psi"] == pytest.approx(drift["amount"])
    assert found["count"]["psi"] == pytest.approx(drift["count"])
    assert found["plan"]["psi"] == pytest.approx(drift["plan"], rel=0.05)  # there, rare levels share a bin


def test_it_says_how_a_column_moved():
    found = compare(BASE, AGAIN.assign(amount=BASE["amount"] + 1, plan="plus"))
    assert found["amount"]["mean_b"] - found["amount"]["mean_a"] == pytest.approx(1, abs=0.1)
    assert (found["plan"]["level"], found["plan"]["share_b"]) == ("plus", 1)


def test_many_levels_share_a_bin_and_columns_can_be_left_out():
    a, b = (pd.DataFrame({"name": [f"{side}{n}" for n in range(10 * LEVELS)]}) for side in "ab")
    assert compare(a, b)["name"]["moved"]
    assert compare(a, b, skip=("name",)) == {}


def test_only_columns_that_are_of_one_kind_on_both_sides_are_compared():
    assert compare(BASE[["amount"]], BASE[["amount"]].astype(str)) == {}
    assert compare(BASE[["amount"]], BASE[["plan"]]) == {}


def test_a_table_without_rows_has_no_distribution():
    assert compare(BASE, BASE.iloc[:0]) == {}
