import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.errors import DataError
from churn_mlops.models import make_folds


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
