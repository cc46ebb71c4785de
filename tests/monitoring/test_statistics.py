"""Each statistic agrees with scipy's, or with the textbook's formula, on many inputs, the awkward ones among them."""

import warnings

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from churn_mlops.monitoring.bins import number_codes, number_edges
from churn_mlops.monitoring.psi import psi
from churn_mlops.monitoring.statistics import chi_squared, jensen_shannon, kolmogorov_smirnov

INF, NAN = np.inf, np.nan


def samples() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pairs of columns of numbers: 12 awkward ones, and 48 of several shapes, sizes, ties and gaps."""
    found = {
        "constant, the same": ([5.0] * 40, [5.0] * 30),
        "constant, another": ([5.0] * 40, [4.0] * 30),
        "constant against spread": ([0.0] * 50, np.linspace(-1, 1, 41)),
        "all missing now": ([1.0, 2.0], [NAN, NAN]),
        "all missing twice": ([NAN] * 9, [NAN] * 4),
        "ten rows twice": (np.arange(10.0), np.arange(10.0) + 3),
        "one row each": ([1.0], [2.0]),
        "two values, heavy ties": ([0.0] * 90 + [1.0] * 10, [0.0] * 20 + [1.0] * 30),
        "infinities twice": ([INF, -INF, 0.0] * 20, [INF, -INF, 0.0, 1.0] * 5),
        "infinity now": (np.linspace(0, 1, 60), [INF] * 25),
        "largest floats": ([1e308, -1e308] * 20, [1e308, 0.0] * 20),
        "smallest steps": ([0.0, 5e-324] * 30, [5e-324, 1e-323] * 30),
    }
    rng = np.random.default_rng(11)
    for n in range(48):
        rows, others = rng.integers(10, 700, 2)
        draw = [rng.normal, rng.exponential, rng.standard_t, rng.poisson][n % 4]
        before, now = draw(*[3] * (n % 4 > 1), size=rows) * 1.0, draw(*[3] * (n % 4 > 1), size=others) + n % 3 * 0.5
        if n % 5 == 1:
            before, now = before.round(), now.round()
        if n % 5 == 2:
            now = np.where(rng.random(others) < 0.3, NAN, now)
        found[f"drawn {n}"] = (before, now)
    return {name: (np.asarray(b, dtype=float), np.asarray(a, dtype=float)) for name, (b, a) in found.items()}


SAMPLES = samples()


def counted(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A pair as counts over the tenths of the first, what is missing last."""
    before, now = SAMPLES[name]
    edges = number_edges(before[~np.isnan(before)])
    return tuple(np.bincount(number_codes(side.copy(), edges), minlength=len(edges) + 2) for side in (before, now))


def test_there_are_fifty_cases_and_more():
    assert len(SAMPLES) >= 50


@pytest.mark.parametrize("name", SAMPLES)
def test_kolmogorov_smirnov_is_scipy_s_on_what_is_there(name):
    before, now = (side[~np.isnan(side)] for side in SAMPLES[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = kolmogorov_smirnov(*SAMPLES[name])
    if not len(before) or not len(now):
        assert np.isnan(found).all()
        return
    expected = stats.ks_2samp(before, now, method="exact")
    assert found == pytest.approx((expected.statistic, expected.pvalue))


@pytest.mark.parametrize("name", SAMPLES)
def test_jensen_shannon_is_scipy_s_on_the_same_counts(name):
    before, now = counted(name)
    expected = distance.jensenshannon(before, now, base=2)
    assert jensen_shannon(before, now) == pytest.approx(np.nan_to_num(expected), abs=1e-7)


@pytest.mark.parametrize("name", SAMPLES)
def test_chi_squared_is_scipy_s_on_the_same_counts(name):
    before, now = counted(name)
    table = np.stack([before, now])[:, before + now > 0]
    p_value = stats.chi2_contingency(table, correction=False).pvalue if table.shape[1] > 1 else 1.0
    total = 0.5 * sum(abs(b / before.sum() - a / now.sum()) for b, a in zip(before, now, strict=True))
    assert chi_squared(before, now) == pytest.approx((total, p_value))


@pytest.mark.parametrize("name", SAMPLES)
def test_psi_is_the_textbook_s_sum_with_one_row_spread_over_each_side(name):
    before, now = counted(name)
    together = (before + now) / (before + now).sum()
    expected = 0.0
    for b, a, t in zip(before, now, together, strict=True):
        if b + a:
            share_b, share_a = (b + t) / (before.sum() + 1), (a + t) / (now.sum() + 1)
            expected += (share_a - share_b) * np.log(share_a / share_b)
    assert psi(before, now) == pytest.approx(expected, abs=1e-12)
    assert psi(before, now) == pytest.approx(
        stats.entropy(*_smoothed(before, now)) + stats.entropy(*_smoothed(now, before))
    )


def _smoothed(side, other):
    together = (side + other) / (side + other).sum()
    held = side + other > 0
    return ((side + together) / (side.sum() + 1))[held], ((other + together) / (other.sum() + 1))[held]


def test_a_published_table_of_shares_has_its_published_distances():
    """Shares of Siddiqi's kind: PSI by hand 0.05390, Jensen-Shannon by scipy."""
    before, now = np.array([200_000, 800_000]), np.array([300_000, 700_000])
    assert psi(before, now) == pytest.approx(0.0538997, abs=1e-6)
    assert jensen_shannon(before, now) == pytest.approx(0.0979, abs=2e-3)


def test_counts_of_nothing_have_no_distance():
    assert np.isnan(chi_squared([0, 0], [1, 2])).all()
    assert np.isnan(jensen_shannon([0, 0], [1, 2]))
