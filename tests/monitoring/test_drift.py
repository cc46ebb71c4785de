import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from churn_mlops.errors import DataError, MissingColumns
from churn_mlops.features.signature import Column, Signature
from churn_mlops.monitoring.drift import drift_table
from churn_mlops.monitoring.scores import score_drift

INF, NAN = np.inf, np.nan


def signature(**kinds):
    return Signature("id", "", tuple(Column(name, kind) for name, kind in kinds.items()))


def drift_of(before, now, kind="number", **options):
    """The one row of a table with one column."""
    reference, current = pd.DataFrame({"x": before}), pd.DataFrame({"x": now})
    return drift_table(reference, current, signature(x=kind), **options).iloc[0]


def normal(rows, seed=0, shift=0.0):
    return np.random.default_rng(seed).normal(shift, size=rows)


AWKWARD = {
    "constant, the same": ("number", [5.0] * 500, [5.0] * 500, "stable"),
    "constant, another": ("number", [5.0] * 500, [4.0] * 500, "moved"),
    "constant, fewer rows": ("number", [5.0] * 500, [5.0] * 3, "stable"),
    "one category, the same": ("category", ["a"] * 500, ["a"] * 500, "stable"),
    "one category, another": ("category", ["a"] * 500, ["b"] * 500, "moved"),
    "all missing twice": ("number", [NAN] * 500, [NAN] * 500, "stable"),
    "all missing now": ("number", normal(500), [NAN] * 500, "moved"),
    "all missing before": ("number", [NAN] * 500, normal(500), "moved"),
    "categories all missing twice": ("category", [None] * 500, ["(missing)"] * 500, "stable"),
    "categories all missing now": ("category", ["a", "b"] * 250, [None] * 500, "moved"),
    "ten rows, alike": ("number", normal(1000), normal(10, seed=1), "stable"),
    "ten rows twice": ("number", normal(10), normal(10, seed=1), "stable"),
    "ten rows, far off": ("number", normal(1000), normal(10, seed=1, shift=9), "moved"),
    "one row": ("number", normal(1000), [0.0], "stable"),
    "heavy ties, the same": ("number", [0.0] * 900 + [1.0] * 100, [0.0] * 90 + [1.0] * 10, "stable"),
    "heavy ties, other shares": ("number", [0.0] * 900 + [1.0] * 100, [0.0] * 400 + [1.0] * 600, "moved"),
    "heavy ties, just below": ("number", [0.0] * 900 + [1.0] * 100, [-1e-300] * 900 + [1.0] * 100, "moved"),
    "infinities twice": ("number", [INF, -INF, 0.0] * 200, [INF, -INF, 0.0] * 100, "stable"),
    "infinities now": ("number", normal(600), [INF, -INF, 0.0] * 100, "moved"),
    "another spread": ("number", normal(1000), normal(1000) * 4, "moved"),
    "a small shift": ("number", normal(1000), normal(1000, seed=1, shift=0.1), "stable"),
    "a large shift": ("number", normal(1000), normal(1000, seed=1, shift=1), "moved"),
    "other shares": ("category", ["a"] * 900 + ["b"] * 100, ["a"] * 500 + ["b"] * 500, "moved"),
    "a thousand levels": ("category", [f"{i}" for i in range(1000)], [f"{i}" for i in range(1000)], "stable"),
    "whole numbers": ("number", [1, 2, 3] * 300, [1, 2, 3] * 100, "stable"),
    "text where numbers were": ("number", normal(500), ["x"] * 500, "moved"),
    "booleans": ("number", [True, False] * 300, [True, False] * 100, "stable"),
}


@pytest.mark.parametrize("case", AWKWARD)
def test_an_awkward_column_gets_a_finite_psi_and_the_right_verdict(case):
    kind, before, now, verdict = AWKWARD[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = drift_of(before, now, kind)
    assert row["verdict"] == verdict
    assert np.isfinite([row["psi"], row["psi_limit"], row["missing_now"], row["out_of_range_share"]]).all()
    assert np.isnan(row["p_value"]) or 0 <= row["p_value"] <= 1


def test_the_same_table_twice_has_no_drift_at_all():
    frame = pd.DataFrame({"n": normal(500), "c": ["a", "b"] * 250})
    table = drift_table(frame, frame, signature(n="number", c="category"))
    assert (table["psi"] == 0).all()
    assert (table["distance"] == 0).all()


def test_distance_and_p_value_agree_with_scipy():
    before, now = normal(800), normal(300, seed=1, shift=0.3)
    row = drift_of(before, now)
    expected = stats.ks_2samp(before, now, method="exact")
    assert (row["distance"], row["p_value"]) == pytest.approx((expected.statistic, expected.pvalue))


def test_the_chi_squared_p_value_agrees_with_scipy():
    row = drift_of(["a"] * 60 + ["b"] * 40, ["a"] * 40 + ["b"] * 60, "category")
    expected = stats.chi2_contingency([[60, 40], [40, 60]], correction=False)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["distance"] == pytest.approx(0.2)


def test_shares_of_missing_new_and_out_of_range_are_of_the_current_rows():
    number = drift_of([0.0, 1.0, 2.0, NAN], [-1.0, 1.0, 3.0, NAN])
    assert (number["missing_before"], number["missing_now"], number["out_of_range_share"]) == (0.25, 0.25, 0.5)
    category = drift_of(["a"] * 4, ["a", "b", "c", "c"], "category")
    assert (category["new_categories"], category["new_share"]) == ("c, b", 0.75)


def test_the_range_of_the_signature_counts_before_that_of_the_reference():
    column = Column("x", "number", low=0.0, high=10.0)
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    table = drift_table(frame, pd.DataFrame({"x": [5.0, 11.0]}), Signature("id", "", (column,)))
    assert table.loc[0, "out_of_range_share"] == 0.5


def test_many_new_categories_are_counted_not_listed():
    assert drift_of(["a"], list("bcdefghi"), "category")["new_categories"] == "b, c, d, e, f and 3 more"


def test_the_most_moved_column_comes_first():
    reference = pd.DataFrame({"a": normal(500), "b": normal(500)})
    current = pd.DataFrame({"a": normal(500, seed=1), "b": normal(500, seed=1, shift=3)})
    assert list(drift_table(reference, current, signature(a="number", b="number"))["column"]) == ["b", "a"]


@pytest.mark.slow
def test_quiet_data_are_alarmed_no_more_often_than_stated():
    rng = np.random.default_rng(0)
    alarmed = 0
    for _ in range(60):
        before, now = rng.integers(30, 2000, 2)
        reference = pd.DataFrame({f"n{i}": rng.exponential(size=before).round(2) for i in range(8)})
        current = pd.DataFrame({f"n{i}": rng.exponential(size=now).round(2) for i in range(8)})
        kinds = signature(**dict.fromkeys(reference, "number"))
        alarmed += (drift_table(reference, current, kinds, psi_floor=0)["verdict"] == "moved").any()
    assert alarmed <= 3


def seasonal(months, seed=0, height=1.5):
    """A column whose mean goes up and down over the year, and its dates."""
    dates = pd.Series(np.repeat(pd.date_range("2025-01-31", periods=months, freq="ME"), 300))
    return normal(len(dates), seed) + height * np.sin(dates.dt.month.to_numpy() * np.pi / 6), dates


def test_a_month_like_one_of_the_reference_is_not_alarmed():
    before, dates = seasonal(12)
    march = seasonal(12, seed=1)[0][dates.dt.month == 3]
    assert drift_of(before, march)["verdict"] == "moved"
    assert drift_of(before, march, reference_dates=dates)["verdict"] == "stable"


def test_a_change_beyond_the_reference_s_own_variation_is_alarmed():
    before, dates = seasonal(12, height=0.3)
    march = seasonal(12, seed=1, height=0.3)[0][dates.dt.month == 3] + 3
    assert drift_of(before, march, reference_dates=dates)["verdict"] == "moved"


def jumping(missing):
    """Months of a column whose values jump about, so many of them missing in each, and their dates."""
    rng, parts = np.random.default_rng(0), []
    for month, share in enumerate(missing):
        values = rng.normal(4.0 * (month % 3 == 1), size=400)
        parts.append(np.where(rng.random(400) < share, NAN, values))
    return np.concatenate(parts), pd.Series(np.repeat(pd.date_range("2026-01-31", periods=len(parts), freq="ME"), 400))


@pytest.mark.parametrize(
    ("missing", "verdict"),
    [
        ([0.04] * 6 + [0.04], "stable"),
        ([0.04] * 6 + [0.2], "stable"),  # more, yet a column that still arrives
        ([0.04] * 6 + [0.6], "moved"),
        ([0.6, 0.1, 0.4, 0.0, 0.5, 0.1, 0.7], "stable"),  # it has always come and gone
    ],
)
def test_a_column_that_stops_arriving_is_found_however_its_values_jump_about(missing, verdict):
    values, dates = jumping(missing)
    told = drift_of(values[:-400], values[-400:], reference_dates=dates[:-400], current_dates=dates[-400:])
    assert told["verdict"] == verdict
    assert told["psi"] < told["psi_limit"]


def test_a_handful_of_rows_in_a_month_sets_no_limit():
    before = np.concatenate([normal(2000), [50.0] * 5])
    dates = pd.Series(pd.to_datetime(["2026-01-31"] * 1000 + ["2026-02-28"] * 1000 + ["2026-03-31"] * 5))
    assert drift_of(before, normal(500), reference_dates=dates)["psi_limit"] < 0.1


def test_undated_rows_of_the_reference_are_left_out_of_its_months():
    before, dates = seasonal(12)
    undated = dates.where(dates.dt.month != 3)
    with_all = drift_of(before, before, reference_dates=dates)["psi_limit"]
    assert 0.2 < drift_of(before, before, reference_dates=undated)["psi_limit"] < with_all


def test_dates_that_do_not_fit_the_rows_are_refused():
    with pytest.raises(DataError, match="1 reference dates for 2 rows"):
        drift_of([1.0, 2.0], [1.0], reference_dates=pd.Series(pd.to_datetime(["2026-01-31"])))


def test_the_same_tables_give_the_same_table_also_when_rows_are_drawn():
    before, now = normal(60_000), normal(60_000, seed=1)
    assert drift_of(before, now).equals(drift_of(before, now))


@pytest.mark.parametrize(("before", "now", "label"), [([], [1.0], "reference"), ([1.0], [], "current")])
def test_a_table_without_rows_is_refused_by_name(before, now, label):
    with pytest.raises(DataError, match=f"the {label} has no rows"):
        drift_of(before, now)


def test_a_column_that_is_not_there_is_refused_by_name():
    frame = pd.DataFrame({"tenure": [1.0]})
    with pytest.raises(MissingColumns, match=r"drift, current: no column `tenure` \(did you mean `tenur`"):
        drift_table(frame, frame.rename(columns={"tenure": "tenur"}), signature(tenure="number"))


def test_scores_that_rise_are_moved_and_their_means_are_told():
    rng = np.random.default_rng(0)
    drift = score_drift(rng.beta(2, 8, 2000), rng.beta(4, 6, 2000), threshold=0.3)
    assert drift.verdict == "moved"
    assert drift.mean_now == pytest.approx(0.4, abs=0.02)
    assert drift.contacted_before < 0.25 < 0.6 < drift.contacted_now


def test_scores_of_the_same_customers_are_stable():
    scores = np.random.default_rng(0).beta(2, 8, 2000)
    drift = score_drift(scores, scores)
    assert (drift.verdict, drift.psi, drift.rows_now) == ("stable", 0.0, 2000)
    assert np.isnan(drift.contacted_now)


def test_scores_without_rows_are_refused():
    with pytest.raises(DataError, match="current has no rows"):
        score_drift([0.1], [])
