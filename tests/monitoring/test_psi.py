import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.monitoring.psi import largest_own_psi, psi, psi_by_chance

counts = st.integers(2, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 10_000), min_size=n, max_size=n).filter(any) for _ in range(2)])
)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        # (0.6 - 0.5) * ln(0.6 / 0.5) + (0.4 - 0.5) * ln(0.4 / 0.5)
        ([50e6, 50e6], [60e6, 40e6], 0.0405465),
        # (0.3 - 0.2) * ln 1.5 + (0.7 - 0.8) * ln 0.875
        ([20e6, 80e6], [30e6, 70e6], 0.0538997),
        # (0.2 - 0.1) * ln 2 + (0.1 - 0.2) * ln 0.5, a bin that is empty on both sides, and one that stays
        ([10e6, 20e6, 0, 70e6], [20e6, 10e6, 0, 70e6], 0.1386294),
    ],
)
def test_psi_of_many_rows_is_the_textbooks(before, now, expected):
    assert psi(before, now) == pytest.approx(expected, abs=1e-6)


@given(counts)
def test_psi_is_finite_symmetric_and_never_negative(pair):
    before, now = pair
    assert np.isfinite(psi(before, now))
    assert psi(before, now) >= 0
    assert psi(before, now) == pytest.approx(psi(now, before))


@given(st.lists(st.integers(0, 1000), min_size=1).filter(any), st.integers(1, 1000))
def test_equal_shares_have_no_distance_whatever_the_sizes(shares, times):
    assert psi(shares, np.array(shares) * times) == pytest.approx(0, abs=1e-12)


@given(counts)
def test_a_bin_that_is_empty_on_both_sides_counts_nothing(pair):
    before, now = pair
    assert psi([*before, 0], [*now, 0]) == pytest.approx(psi(before, now))


def test_many_months_are_measured_at_once():
    before, now = [[10, 20], [30, 40]], [[20, 10], [5, 90]]
    assert psi(before, now) == pytest.approx([psi(b, n) for b, n in zip(before, now, strict=True)])


def test_chance_alone_exceeds_its_limit_about_as_often_as_stated():
    rng = np.random.default_rng(0)
    shares = np.full(10, 0.1)
    before, now = rng.multinomial(3000, shares, 4000), rng.multinomial(1000, shares, 4000)
    exceeded = np.mean(psi(before, now) > psi_by_chance(before[0], now[0], 0.05))
    assert 0.03 < exceeded < 0.07


def test_one_bin_leaves_nothing_to_chance():
    assert psi_by_chance(np.array([10, 0]), np.array([5, 0]), 0.01) == 0


def test_the_own_limit_is_the_month_that_differs_most_from_the_others():
    months = np.array([[50, 50], [50, 50], [90, 10]])
    assert largest_own_psi(months) == pytest.approx(psi([100, 100], [90, 10]))


@pytest.mark.parametrize("months", [np.empty((0, 3)), np.array([[1, 2, 3]])])
def test_a_reference_of_one_month_or_none_has_no_variation_of_its_own(months):
    assert largest_own_psi(months) == 0
