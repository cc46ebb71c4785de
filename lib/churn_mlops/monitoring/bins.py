"""The bins in which reference and current are counted: tenths of the reference, or its levels.

The last bin always holds what is missing, so that a column that stops arriving moves like any other.
"""

import numpy as np
import pandas as pd

from churn_mlops.features.signature import MISSING

RARE = 0.01  # levels with a smaller share of the reference share one bin: singly they are noise
_TENTHS = np.arange(1, 10) / 10


def as_floats(column: pd.Series) -> np.ndarray:
    """A numeric column as float64; what is no number is NaN, that is, missing."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        column = pd.to_numeric(column, errors="coerce")
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def number_edges(reference: np.ndarray) -> np.ndarray:
    """Upper edges of the bins: the nine deciles of the reference (no NaN in it; infinities are values).

    A value that spans two deciles or more (zeros, a constant) gets a bin of its own, so that values
    just below it are told apart. No interpolation, so that infinities do no harm.
    """
    if not len(reference):
        return np.empty(0)
    ordered = np.sort(reference)
    deciles = ordered[np.ceil(_TENTHS * len(ordered)).astype(int) - 1]
    values, times = np.unique(deciles, return_counts=True)
    return np.union1d(values, np.nextafter(values[times > 1], -np.inf))


def number_codes(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Bin of each value, 0 to `len(edges) + 1`; bin i is (edge i-1, edge i], the last one is missing."""
    codes = np.searchsorted(edges, values, side="left")
    codes[np.isnan(values)] = len(edges) + 1
    return codes


def category_codes(
    reference: pd.Series, current: pd.Series, known: tuple[str, ...] | None
) -> tuple[np.ndarray, np.ndarray, int, dict[str, int]]:
    """Bins of both columns, the number of bins, and the new levels of the current one with their counts.

    Bins: one for each common level, then all rare ones, all new ones, all missing ones. A level is new
    when it is not among `known`, the levels seen in training (None: the levels of the reference).
    """
    before, levels_before = _levels(reference)
    now, levels_now = _levels(current)
    known = set(levels_before if known is None else known)
    shares = np.bincount(before[before >= 0], minlength=len(levels_before)) / max(len(before), 1)
    common = [name for name, share in zip(levels_before, shares, strict=True) if share >= RARE]
    bins = {name: i for i, name in enumerate(name for name in common if name in known)}
    rare, new, missing = range(len(bins), len(bins) + 3)

    def recode(codes, levels):
        table = [bins.get(name, rare if name in known else new) for name in levels]
        table = [missing if name == MISSING else code for name, code in zip(levels, table, strict=True)]
        return np.array([*table, missing])[codes]  # code -1, null, is the last entry

    counts = np.bincount(now[now >= 0], minlength=len(levels_now))
    unseen = {name: int(n) for name, n in zip(levels_now, counts, strict=True) if name not in known and name != MISSING}
    return recode(before, levels_before), recode(now, levels_now), missing + 1, unseen


def _levels(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    codes, levels = pd.factorize(column)
    return codes, [str(level) for level in levels]
