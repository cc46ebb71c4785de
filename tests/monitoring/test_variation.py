import numpy as np
import pytest
from scipy import stats

from churn_mlops.monitoring.psi import psi
from churn_mlops.monitoring.variation import Months, Quiet, holm, quiet_psi


@pytest.mark.parametrize(
    ("p_values", "levels"),
    [
        ([0.001, 0.02, 0.03], [0.05 / 3, 0.025, 0.05]),  # each below its own: all are told
        ([0.03, 0.001, 0.2], [0.025, 0.05 / 3, 0.025]),  # the second is not below its own: nor is the third
        ([0.5], [0.05]),
        ([0.9, 0.9], [0.025, 0.025]),
    ],
)
def test_holm_s_levels_are_the_published_ones(p_values, levels):
    assert holm(np.array(p_values), 0.05) == pytest.approx(levels)


def test_no_column_needs_no_level():
    assert len(holm(np.array([]), 0.05)) == 0


def test_without_months_chance_alone_exceeds_its_limit_about_as_often_as_stated():
    rng, shares = np.random.default_rng(0), np.full(10, 0.1)
    pairs = zip(rng.multinomial(3000, shares, 400), rng.multinomial(700, shares, 400), strict=True)
    exceeded = [psi(before, now) > quiet_psi(before, now).exceeded_with(0.05) for before, now in pairs]
    assert 0.02 < np.mean(exceeded) < 0.09


def test_without_months_the_mean_is_that_of_theory():
    """Yurdakul (2018): (bins - 1) (1/n + 1/m)."""
    before, now = np.full(10, 500), np.full(10, 200)
    assert quiet_psi(before, now).mean == pytest.approx(9 * (1 / 5000 + 1 / 2000), rel=0.15)


def wandering(months, spread, seed, rows=3000):
    """Counts by month of shares that differ from month to month."""
    rng = np.random.default_rng(seed)
    lean = rng.normal(0, spread, months)
    shares = np.exp(np.outer(lean, np.linspace(-1, 1, 8)))
    return np.stack([rng.multinomial(rows, row / row.sum()) for row in shares])


def test_months_that_differ_anyway_are_alarmed_no_more_often_than_stated():
    alarmed = 0
    for seed in range(200):
        counts = wandering(13, 0.2, seed)
        before, now = counts[:12].sum(axis=0), counts[12]
        quiet = quiet_psi(before, now, Months(counts[:12], np.arange(12), 12))
        alarmed += psi(before, now) > quiet.exceeded_with(0.05)
    assert alarmed <= 20


def test_a_change_far_beyond_the_months_own_is_found():
    counts = wandering(12, 0.1, 3)
    now = np.array([3000, 0, 0, 0, 0, 0, 0, 0])
    quiet = quiet_psi(counts.sum(axis=0), now, Months(counts, np.arange(12), 12))
    assert quiet.p_value(psi(counts.sum(axis=0), now)) < 1e-4


def test_a_trend_is_carried_on_to_the_present_month():
    slope = np.exp(np.outer(np.linspace(0, 0.6, 13), np.linspace(-1, 1, 8)))
    counts = np.round(5000 * slope / slope.sum(axis=1, keepdims=True)).astype(int)
    before, now = counts[:12].sum(axis=0), counts[12]
    near, far = (quiet_psi(before, now, Months(counts[:12], np.arange(12), at)) for at in (12, 24))
    assert psi(before, now) < near.exceeded_with(0.01) < far.exceeded_with(0.01)


def test_two_months_say_nothing_of_how_months_differ():
    counts = np.array([[500, 500], [100, 900]])
    plain, dated = (quiet_psi(counts.sum(axis=0), counts[0], m) for m in (None, Months(counts, np.arange(2), 2)))
    assert plain == dated


def test_a_single_bin_cannot_move():
    quiet = quiet_psi(np.array([9, 0]), np.array([4, 0]))
    assert (quiet.p_value(0.0), quiet.exceeded_with(0.01)) == (1.0, 0.0)


def test_p_value_and_limit_are_each_other_s_inverse():
    quiet = Quiet(0.02, 4.0, 11.0)
    assert quiet.p_value(quiet.exceeded_with(0.03)) == pytest.approx(0.03)
    assert quiet.p_value(0.05) == pytest.approx(stats.f.sf(2.5, 4, 11))
