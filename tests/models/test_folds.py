import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.errors import DataError
from churn_mlops.models.folds import choose_folds, keep_together, make_folds, make_time_folds


@pytest.mark.slow
@given(
    st.integers(2, 5),
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=60, max_size=90),
)
def test_every_row_is_tested_once_and_no_customer_stands_on_both_sides(folds, seed, rows):
    groups, y = np.array([c for c, _ in rows]), np.array([left for _, left in rows], dtype=int)
    try:
        made = make_folds(y, groups, folds, seed)
    except DataError:
        return  # a fold without both kinds: said, not hidden
    assert sorted(np.concatenate([test for _, test in made])) == list(range(len(y)))
    for train, test in made:
        assert not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == len(y)
        assert len(set(y[test])) == 2


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_one_row_a_customer_is_stratified(folds):
    y = np.array([1] * 37 + [0] * 163)
    left = [y[test].sum() for _, test in make_folds(y, np.arange(200), folds)]
    assert max(left) - min(left) <= 1


def test_customers_with_many_rows_are_stratified_by_whether_they_ever_left():
    groups = np.repeat(np.arange(100), 6)
    y = ((groups < 20) & (np.arange(600) % 6 == 5)).astype(int)
    assert [y[test].sum() for _, test in make_folds(y, groups, 5)] == [4] * 5


def test_the_seed_decides():
    y = np.arange(100) % 2
    same, again, other = (make_folds(y, folds=2, seed=seed)[0][1].tolist() for seed in (1, 1, 2))
    assert same == again
    assert same != other


@pytest.mark.parametrize(
    ("y", "groups", "folds", "message"),
    [
        ([0, 1, 0, 1], None, 5, "4 customers cannot be dealt into 5 folds"),
        ([0, 1, 0, 1], ["a"] * 4, 2, "1 customers"),
        ([0, 1], None, 1, "2 folds or more"),
        ([0, 0, 0, 0, 1], None, 2, "fold . of 2: 0 of"),
        ([], None, 2, "0 customers"),
    ],
)
def test_folds_that_cannot_be_made_are_refused(y, groups, folds, message):
    with pytest.raises(DataError, match=message):
        make_folds(np.array(y), groups, folds)


MONTHS = pd.date_range("2025-01-01", periods=12, freq="MS")


def monthly(months=12, rows=200, leavers=50):
    """Dates and labels of so many snapshots with so many rows and leavers each."""
    dates = np.repeat(MONTHS[:months].to_numpy(), rows)
    return dates, (np.arange(len(dates)) % rows < leavers).astype(int)


@pytest.mark.parametrize(("folds", "horizon", "gap"), [(3, 30, 0), (2, 60, 0), (3, 30, 31), (6, 0, 0)])
def test_folds_in_time_learn_only_from_labels_that_were_known_by_then(folds, horizon, gap):
    dates, y = monthly()
    made = make_time_folds(y, dates, folds, horizon, gap)
    reach = np.timedelta64(horizon + gap, "D")
    assert len(made) == folds
    for train, test in made:
        assert dates[train].max() + reach <= dates[test].min()
        assert set(train) == set(np.flatnonzero(dates + reach <= dates[test].min()))
    tested = np.concatenate([test for _, test in made])
    np.testing.assert_array_equal(tested, np.flatnonzero(dates >= MONTHS[6].to_numpy()))


@pytest.mark.parametrize(("months", "folds", "horizon"), [(3, 3, 30), (6, 2, 365), (1, 2, 0)])
def test_folds_in_time_that_cannot_be_made_are_refused(months, folds, horizon):
    dates, y = monthly(months)
    with pytest.raises(DataError, match=f"cannot be dealt into {folds} folds in time.*Cure"):
        make_time_folds(y, dates, folds, horizon)


@pytest.mark.parametrize(
    ("data", "folds", "horizon", "kind", "reason"),
    [
        (monthly(), 3, 30, "time", "later than all"),
        (monthly(leavers=40), 3, 30, "customers", "judged by 80 leavers, fewer than 100"),
        (monthly(leavers=40), 2, 30, "time", "later than all"),
        (monthly(), 3, 90, "time", "later than all"),
        (monthly(), 3, 180, "customers", "learn from 50 of 600 leavers, fewer than a third"),
        (monthly(4), 3, 30, "customers", "fewer snapshots than folds"),
        ((None, monthly()[1]), 3, 30, "customers", "no dates"),
    ],
)
def test_the_folds_are_in_time_where_the_snapshots_suffice(data, folds, horizon, kind, reason):
    dates, y = data
    customers = np.arange(len(y)) // 3
    chosen = choose_folds(y, customers, dates, folds, 0, horizon)
    assert (chosen.kind, len(chosen)) == (kind, folds)
    assert reason in chosen.reason
    if kind == "customers":
        for (train, test), (all_train, all_test) in zip(chosen, make_folds(y, customers, folds, 0), strict=True):
            np.testing.assert_array_equal(train, all_train)
            np.testing.assert_array_equal(test, all_test)


def test_rows_of_a_customer_share_their_place_in_the_index_and_keep_everything_else():
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=[7, 8, 9])
    kept = keep_together(X, pd.Series(["C2", "C1", "C2"], index=[5, 6, 7]))
    assert kept.index.tolist() == [0, 1, 0]
    assert kept["a"].tolist() == [1.0, 2.0, 3.0]
    assert X.index.tolist() == [7, 8, 9]
    assert keep_together(X, None) is X
