import numpy as np
import pandas as pd
import pytest

from churn_mlops.features.signature import Column, Signature
from churn_mlops.monitoring.domain import SMALLEST, domain_drift

SIGNATURE = Signature("id", "", (Column("a", "number"), Column("b", "number"), Column("plan", "category")))


def rows(count, seed, together=0.0):
    """Two numbers, each standard normal whatever `together`, their correlation; and a plan."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=count), rng.normal(size=count)
    plan = rng.choice(["basic", "plus"], count)
    return pd.DataFrame({"a": a, "b": together * a + np.sqrt(1 - together**2) * b, "plan": plan})


def test_quiet_data_are_told_apart_no_more_often_than_stated():
    moved = [domain_drift(rows(600, s), rows(300, 100 + s), SIGNATURE).verdict == "moved" for s in range(20)]
    assert sum(moved) <= 2


def test_a_change_in_how_columns_go_together_is_found_where_each_looks_as_before():
    told = domain_drift(rows(1500, 0), rows(1500, 1, together=0.9), SIGNATURE)
    assert told.verdict == "moved"
    assert set(list(told.columns)[:2]) == {"a", "b"}
    assert told.roc_auc > 0.6


def test_the_column_that_gives_it_away_comes_first():
    now = rows(800, 1).assign(plan="gold")
    told = domain_drift(rows(800, 0), now, SIGNATURE)
    assert next(iter(told.columns)) == "plan"
    assert told.roc_auc == pytest.approx(1.0, abs=0.01)
    assert sum(told.columns.values()) == pytest.approx(1.0, abs=0.01)


def test_what_the_months_of_the_reference_do_anyway_is_no_change():
    parts = [rows(300, month).assign(a=lambda f, m=month: f["a"] + 0.3 * m) for month in range(9)]
    dates = pd.Series(np.repeat(pd.date_range("2026-01-31", periods=9, freq="ME"), 300))
    reference = pd.concat(parts[:8], ignore_index=True)
    now = parts[8]
    assert domain_drift(reference, now, SIGNATURE).verdict == "moved"
    assert domain_drift(reference, now, SIGNATURE, dates[:2400], dates[2400:]).verdict == "stable"


def by_month(together):
    """Months whose two numbers go together so much in each, their dates, and the newest of them apart."""
    parts = [rows(300, month, value) for month, value in enumerate(together)]
    dates = pd.Series(np.repeat(pd.date_range("2025-01-31", periods=len(parts), freq="ME"), 300))
    return pd.concat(parts[:-1], ignore_index=True), parts[-1], SIGNATURE, dates[:-300], dates[-300:]


def test_what_the_same_month_did_a_year_ago_is_a_season_and_no_change():
    dip = [0.0] * 4 + [0.9] + [0.0] * 7
    assert domain_drift(*by_month([*dip, *dip[:5]])).verdict == "stable"
    assert domain_drift(*by_month([*dip, *dip[:3], 0.9])).verdict == "moved"  # in another month than last year
    assert domain_drift(*by_month([0.0] * 16 + [0.9])).verdict == "moved"


def test_missing_values_and_columns_of_one_value_are_no_obstacle():
    before = rows(400, 0).assign(a=np.nan, plan=None)
    assert domain_drift(before, before.assign(b=rows(400, 1)["b"]), SIGNATURE).verdict == "stable"


def test_too_few_rows_tell_nothing_and_say_so():
    told = domain_drift(rows(500, 0), rows(SMALLEST - 1, 1), SIGNATURE)
    assert told.verdict == "unknown"
    assert np.isnan(told.roc_auc)


def test_the_same_rows_give_the_same_answer():
    assert domain_drift(rows(3000, 0), rows(300, 1), SIGNATURE) == domain_drift(rows(3000, 0), rows(300, 1), SIGNATURE)
