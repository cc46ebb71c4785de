import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.errors import DataError
from churn_mlops.models import gain_table, reliability_table
from churn_mlops.models.diagnostics import effective_rows, wilson

scored = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0, 0.1, 0.2, 0.5, 0.9, 1])), min_size=1, max_size=80)


@given(scored, st.integers(1, 12))
def test_the_bins_hold_every_row_once_and_never_split_equal_scores(rows, bins):
    y, p = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    table = reliability_table(y, p, bins)
    assert table["rows"].sum() == len(y)
    assert (table["rows"] * table["churn_rate"]).sum() == pytest.approx(y.sum())
    assert (table["high"].to_numpy()[:-1] < table["low"].to_numpy()[1:]).all()
    assert (table["churn_low"] <= table["churn_rate"] + 1e-12).all()
    assert (table["churn_rate"] <= table["churn_high"] + 1e-12).all()


def test_bins_have_about_equal_numbers_of_rows():
    rng = np.random.default_rng(0)
    p = rng.random(1_000)
    assert reliability_table(rng.random(1_000) < p, p)["rows"].tolist() == [100] * 10


@pytest.mark.parametrize(
    ("rate", "rows", "expected"), [(0.0, 10, (0, 0.2775)), (1.0, 10, (0.7225, 1)), (0.5, 100, (0.4038, 0.5962))]
)
def test_the_wilson_interval_is_that_of_the_tables(rate, rows, expected):
    assert [float(bound) for bound in wilson(rate, rows)] == pytest.approx(expected, abs=1e-4)


def test_weights_count_as_rows_do_but_for_the_width():
    rng = np.random.default_rng(0)
    p = rng.random(600)
    y, weights = (rng.random(600) < p).astype(int), rng.integers(1, 4, 600)
    found, repeated = (
        reliability_table(y, p, weights=weights),
        reliability_table(np.repeat(y, weights), np.repeat(p, weights)),
    )
    assert found["churn_rate"].to_numpy() == pytest.approx(repeated["churn_rate"].to_numpy(), abs=0.03)
    width, narrower = ((table["churn_high"] - table["churn_low"]).mean() for table in (found, repeated))
    assert width > 1.2 * narrower  # the repeated rows are no news
    gained, again = gain_table(y, p, weights=weights), gain_table(np.repeat(y, weights), np.repeat(p, weights))
    np.testing.assert_allclose(gained, again)


def test_the_interval_counts_customers_and_not_their_rows():
    rng = np.random.default_rng(0)
    p = rng.random(500)
    y = (rng.random(500) < p).astype(int)
    alone = reliability_table(y, p)
    many = reliability_table(np.tile(y, 9), np.tile(p, 9), customers=np.tile(np.arange(500), 9))
    np.testing.assert_allclose(many.drop(columns="rows"), alone.drop(columns="rows"), rtol=1e-9)


@pytest.mark.parametrize(
    ("y", "weights", "customers", "expected"),
    [
        ([1, 0, 0, 0], [1, 1, 1, 1], [0, 1, 2, 3], 4),
        ([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 2, 3], 4),  # nothing varies: as many as the weights allow
        ([1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1], 2),
        ([1, 0, 1, 0], [3, 3, 1, 1], [0, 1, 2, 3], 3.2),
        ([1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 1, 1], 4),  # customers alike in their rate are no reason for more
    ],
)
def test_effective_rows(y, weights, customers, expected):
    found = effective_rows(np.array(y, dtype=float), np.array(weights, dtype=float), np.array(customers))
    assert found == pytest.approx(expected)


def test_gain_of_a_perfect_ranking_is_the_best_possible():
    table = gain_table([1, 1, 0, 0, 0], [0.9, 0.8, 0.3, 0.2, 0.1], points=5)
    assert table["captured"].tolist() == pytest.approx([0, 0.5, 1, 1, 1, 1])
    assert table["best"].tolist() == pytest.approx(table["captured"].tolist())


def test_equal_scores_capture_in_proportion():
    table = gain_table([1, 0, 0, 1], [0.5] * 4, points=4)
    assert table["captured"].tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert table["lift"].tolist()[1:] == pytest.approx([1] * 4)


def test_gain_without_leavers_is_refused():
    with pytest.raises(DataError, match="0 of 3 rows left"):
        gain_table([0, 0, 0], [0.1, 0.2, 0.3])
