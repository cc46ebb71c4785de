import numpy as np
import pandas as pd
import pytest

from churn_mlops.monitoring.bins import as_floats, category_codes, number_codes, number_edges

INF, NAN = np.inf, np.nan


def test_many_values_fall_into_ten_bins_of_equal_size():
    values = np.random.default_rng(0).normal(size=10_000)
    counts = np.bincount(number_codes(values, number_edges(values)))
    assert list(counts) == [1000] * 10


@pytest.mark.parametrize(
    ("reference", "apart"),
    [
        ([5.0] * 20, [4.9, 5.0, 5.1]),  # constant: below, at and above it
        ([0.0] * 15 + [1.0] * 5, [-1.0, 0.0, 1.0, 2.0]),
        ([0.0] * 95 + [1.0] * 5, [-1.0, 0.0, 1.0]),
        ([-INF] * 10 + [0.0] * 10 + [INF] * 10, [-INF, -1.0, 0.0, 1.0, INF]),
    ],
)
def test_a_heavily_tied_value_has_a_bin_of_its_own(reference, apart):
    codes = number_codes(np.array(apart), number_edges(np.array(reference)))
    assert len(set(codes)) == len(apart)
    assert list(codes) == sorted(codes)


def test_missing_is_the_last_bin_and_nothing_else_is():
    edges = number_edges(np.arange(100.0))
    codes = number_codes(np.array([NAN, -INF, INF]), edges)
    assert list(codes == len(edges) + 1) == [True, False, False]


def test_a_reference_without_a_value_has_one_bin_for_any_and_one_for_missing():
    assert list(number_codes(np.array([NAN, 3.0]), number_edges(np.empty(0)))) == [1, 0]


@pytest.mark.parametrize(
    "values", [[1, 2], ["1", "2"], [True, False], pd.array([1, None], dtype="Int64"), [None, "x"], [None, None]]
)
def test_any_column_is_read_as_floats_with_nan_for_what_is_no_number(values):
    assert as_floats(pd.Series(values)).dtype == np.float64


def test_categories_are_common_rare_new_or_missing():
    before = pd.Series(["a"] * 500 + ["b"] * 499 + ["c"], dtype="str")
    now = pd.Series(["a", "b", "c", "d", "d", "(missing)", None], dtype="str")
    codes, codes_now, bins, unseen = category_codes(before, now, None)
    assert list(codes_now) == [0, 1, 2, 3, 3, 4, 4]
    assert (set(codes), bins, unseen) == ({0, 1, 2}, 5, {"d": 2})


def test_a_level_known_from_training_is_not_new_though_the_reference_lacks_it():
    _, codes, _, unseen = category_codes(pd.Series(["a"]), pd.Series(["b", "c"]), ("a", "b"))
    assert (list(codes), unseen) == ([1, 2], {"c": 1})


def test_levels_of_another_type_are_the_same_levels():
    _, codes, _, unseen = category_codes(pd.Series([1, 2]), pd.Series(pd.Categorical(["2", "1"])), ("1", "2"))
    assert (list(codes), unseen) == ([1, 0], {})
