"""How far two samples are apart, and how likely chance alone is to part them so: of numbers, and of counts by bin.

Population stability index: `psi.py`. Each answers for any input: NaN where there is nothing to compare.
"""

import numpy as np
from scipy import stats

_EXACT = 1_000  # rows up to which the exact distribution of Kolmogorov-Smirnov is used


def jensen_shannon(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Jensen-Shannon distance of counts along the last axis, 0 (equal shares) to 1 (nothing in common).

    The square root of the divergence of Lin (1991), "Divergence measures based on the Shannon entropy", in bits.
    NaN where one side has no rows.
    """
    before, now = np.asarray(before, dtype=float), np.asarray(now, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        before, now = (side / side.sum(axis=-1, keepdims=True) for side in (before, now))
    middle = (before + now) / 2
    parts = (np.where(side > 0, side * _log2(side, middle), side) for side in (before, now))
    return np.sqrt(np.clip(sum(part.sum(axis=-1) for part in parts) / 2, 0, 1))


def kolmogorov_smirnov(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """Largest distance of the distribution functions, and its p-value (too large where values are tied).

    What is missing (NaN) is left out; infinities are values like others.
    """
    before, now = before[~np.isnan(before)], now[~np.isnan(now)]
    if not len(before) or not len(now):
        return np.nan, np.nan
    method = "exact" if max(len(before), len(now)) <= _EXACT else "asymp"
    result = stats.ks_2samp(before, now, method=method)
    return float(result.statistic), float(result.pvalue)


def chi_squared(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """Total variation distance of two counts, and the p-value of Pearson's test that they are alike.

    A bin that is empty on both sides counts nothing; with a single bin left there is nothing to tell apart.
    """
    before, now = np.asarray(before), np.asarray(now)
    if not before.sum() or not now.sum():
        return np.nan, np.nan
    distance = np.abs(before / before.sum() - now / now.sum()).sum() / 2
    table = np.stack([before, now])[:, before + now > 0]
    p_value = stats.chi2_contingency(table, correction=False).pvalue if table.shape[1] > 1 else 1.0
    return float(distance), float(p_value)


def _log2(side: np.ndarray, middle: np.ndarray) -> np.ndarray:
    ratio = np.divide(side, middle, out=np.ones_like(side), where=side > 0)
    return np.log2(ratio)
