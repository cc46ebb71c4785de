"""The population stability index: how far two counts over the same bins are from each other.

PSI = sum over bins of (b - a) * ln(b / a), with the shares a of the reference and b of the current
(Siddiqi, Credit Risk Scorecards, 2006; the divergence of Jeffreys, 1946). Folklore calls 0.1 a small
and 0.2 a large change. Without any change, PSI / (1/n + 1/m) follows a chi-squared distribution with
bins - 1 degrees of freedom (Yurdakul, Statistical Properties of Population Stability Index, 2018).
"""

import numpy as np
from scipy import stats


def psi(reference: np.ndarray, current: np.ndarray) -> np.ndarray:
    """PSI of counts along the last axis, 0 or more; both need one row at least.

    Each side is smoothed by one extra row that is spread like both sides together: an empty bin on one
    side is then finite, a bin empty on both counts nothing, and equal shares give exactly 0.
    """
    reference, current = np.asarray(reference, dtype=float), np.asarray(current, dtype=float)
    both = reference + current
    together = both / both.sum(axis=-1, keepdims=True)
    before = (reference + together) / (reference.sum(axis=-1, keepdims=True) + 1)
    now = (current + together) / (current.sum(axis=-1, keepdims=True) + 1)
    ratio = np.divide(now, before, out=np.ones_like(both), where=both > 0)
    return np.sum((now - before) * np.log(ratio), axis=-1)


def psi_by_chance(reference: np.ndarray, current: np.ndarray, probability: float) -> float:
    """The PSI that chance alone exceeds with this probability, given the sizes of two counts over the same bins."""
    bins = np.count_nonzero(reference + current)
    if bins < 2:
        return 0.0
    return float(stats.chi2.isf(probability, bins - 1) * (1 / reference.sum() + 1 / current.sum()))


def largest_own_psi(months: np.ndarray) -> float:
    """The largest PSI of a single month against the other months; `months` counts months x bins. 0 for one month."""
    if len(months) < 2:
        return 0.0
    return float(psi(months.sum(axis=0) - months, months).max())
