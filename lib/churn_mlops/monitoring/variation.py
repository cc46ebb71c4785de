"""What the PSI of a column is when nothing has happened: chance at these sizes, and how months differ anyway.

Chance: both sides together are split at random into the same sizes, again and again. Months: how far two months of
the reference lie apart, as a function of the time between them (a variogram: Matheron, 1963, "Principles of
geostatistics"), carried on to the present month. PSI is close to a sum of squares, so the two add up, and the sum
follows an F distribution whose degrees of freedom are found from its variance (Satterthwaite, 1946).
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from churn_mlops.monitoring.psi import psi

MONTH_ROWS = 100  # a smaller month is noise (its PSI by chance nears 0.1) and is left out
MONTHS = 3  # fewer say nothing of how months differ
MOST_DIRECTIONS = 4.0  # in which months are ever taken to differ: of few months more would be luck
_SPLITS = 100  # at random
_TINY = 1e-12


@dataclass(frozen=True)
class Quiet:
    """The distribution of a PSI without change: its mean times F of these degrees of freedom."""

    mean: float
    freedom: float
    freedom_known: float  # of the denominator: few where the variation is known from few months

    def p_value(self, value: float) -> float:
        """The chance of a PSI as large or larger; 1 for a PSI of nothing."""
        if value <= _TINY:
            return 1.0
        return float(stats.f.sf(value / max(self.mean, _TINY), self.freedom, self.freedom_known))

    def exceeded_with(self, probability: float) -> float:
        """The PSI that is exceeded with this probability."""
        return float(self.mean * stats.f.isf(probability, self.freedom, self.freedom_known))


@dataclass(frozen=True)
class Months:
    """Counts of the reference by month (months x bins), and when: whole months, also that of the present."""

    counts: np.ndarray
    at: np.ndarray
    now: float


def quiet_psi(before: np.ndarray, now: np.ndarray, months: Months | None = None, seed: int = 0) -> Quiet:
    """What PSI the counts `now` have against `before` when nothing has changed; `months` where there are dates."""
    chance = _by_chance(before, now, seed)
    mean, variance = float(chance.mean()), float(chance.var(ddof=1))
    between, freedom, known = _between_months(months)
    whole = mean + between
    if whole <= _TINY:
        return Quiet(0.0, 1.0, 1.0)
    spread = variance + 2 * between**2 / freedom
    unsure = variance / len(chance) + 2 * between**2 / (freedom * known)
    return Quiet(whole, *(2 * whole**2 / max(one, _TINY * whole**2) for one in (spread, unsure)))


def holm(p_values: np.ndarray, alpha: float) -> np.ndarray:
    """The level that each p-value is held against, so that all of them together are wrong with at most `alpha`.

    Holm (1979), "A simple sequentially rejective multiple test procedure": whatever the columns have to do with each
    other. The first that is not below its level sets that of all after it, so `p < level` is the verdict.
    """
    order, levels = np.argsort(p_values, kind="stable"), np.empty(len(p_values))
    steps = alpha / np.arange(len(p_values), 0, -1)
    kept = np.flatnonzero(p_values[order] >= steps)
    if len(kept):
        steps[kept[0] :] = steps[kept[0]]
    levels[order] = steps
    return levels


def _by_chance(before: np.ndarray, now: np.ndarray, seed: int) -> np.ndarray:
    """The PSI of random splits of both sides together into sides of the same sizes."""
    both, rows = np.asarray(before + now, dtype=np.int64), int(now.sum())
    split = np.random.default_rng(seed).multivariate_hypergeometric(both, rows, size=_SPLITS, method="marginals")
    return psi(both - split, split)


def _between_months(months: Months | None) -> tuple[float, float, int]:
    """How far the present month lies from all of the reference beyond chance.

    And in how many directions months differ, which says how widely that spreads, and from how many it is known.
    """
    nothing = 0.0, 1.0, 1
    if months is None:
        return nothing
    enough = months.counts.sum(axis=1) >= MONTH_ROWS
    counts, at = months.counts[enough], months.at[enough]
    if len(counts) < MONTHS:
        return nothing
    shares = counts.sum(axis=1) / counts.sum()
    lags = np.abs(at[:, None] - at[None, :])
    excess, pairs = _excess(counts), np.triu_indices(len(counts), 1)
    powers = _powers(lags)
    coefficients = optimize.nnls(powers[pairs], np.maximum(excess[pairs], 0))[0]
    fitted = (powers @ coefficients)[pairs]
    freedom = 2 * (fitted**2).sum() / max(((excess[pairs] - fitted) ** 2).sum(), _TINY)
    to_present = shares @ (_powers(months.now - at) @ coefficients)
    inside = shares @ (powers @ coefficients) @ shares
    return max(float(to_present - inside / 2), 0.0), float(np.clip(freedom, 1, MOST_DIRECTIONS)), len(counts) - 1


def _excess(counts: np.ndarray) -> np.ndarray:
    """PSI of each month against each other, less what chance gives at their sizes."""
    rows = counts.sum(axis=1)
    bins = np.count_nonzero(counts[:, None] + counts[None, :], axis=-1)
    return psi(counts[:, None], counts[None, :]) - np.maximum(bins - 1, 0) * (1 / rows[:, None] + 1 / rows[None, :])


def _powers(lags) -> np.ndarray:
    """The variogram is a sum of these, none below 0: months that differ, a random walk, and a trend."""
    lags = np.asarray(lags, dtype=float)
    return np.stack([lags > 0, lags, lags**2], axis=-1).astype(float)
