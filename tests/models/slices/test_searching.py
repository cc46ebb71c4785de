import numpy as np
import pandas as pd
import pytest

from churn_mlops.models.slices import slice_table
from churn_mlops.models.slices.measuring import corrected
from churn_mlops.models.slices.searching import SEARCHED, sample


@pytest.fixture(scope="module")
def crossed():
    """Scores that are right but where two columns meet: there they are half of what is true."""
    rng, rows = np.random.default_rng(2), 24_000
    X = pd.DataFrame({name: pd.Series(rng.choice(list("abcd"), rows), dtype="str") for name in ("one", "two", "three")})
    truth = rng.beta(2, 6, rows)
    inside = ((X["one"] == "b") & (X["two"] == "c")).to_numpy()
    return X, (rng.random(rows) < truth).astype(int), np.where(inside, truth / 2, truth)


def test_a_pair_of_slices_that_is_worse_than_either_is_found(crossed):
    X, y, p = crossed
    table = slice_table(X, y, p, columns=["one", "two", "three"])
    pairs = table[table["column"].str.contains(" and ")]
    assert pairs[["column", "slice", "flag"]].to_numpy().tolist() == [["one and two", "b, c", "probabilities too low"]]


def test_no_pair_is_found_where_one_of_its_slices_says_it_already(crossed):
    X, y, p = crossed
    wrong = np.where(X["one"] == "b", p / 3, p)
    pairs = slice_table(X, y, wrong, columns=["one", "two"])["column"].str.contains(" and ")
    assert not pairs.any()


@pytest.mark.parametrize(("looks", "z"), [(0, 1.96), (1, 1.96), (10, 2.81), (1000, 4.06)])
def test_the_more_is_looked_at_the_wider_an_interval_must_be(looks, z):
    assert corrected(looks) == pytest.approx(z, abs=0.01)


def test_a_search_takes_so_many_rows_the_same_for_the_same_seed():
    assert len(sample(100, 0)) == 100
    drawn = sample(SEARCHED + 1000, 1)
    assert len(np.unique(drawn)) == len(drawn) == SEARCHED
    np.testing.assert_array_equal(drawn, sample(SEARCHED + 1000, 1))
