"""Shapley values of one row from tables: what each leaf can say of its features is worked out once.

Of a leaf's features only counts which ones pass, so that 2^features answers are all there are. A row is then a look-up
a leaf, which takes a fraction of working it out anew.
"""

from collections.abc import Callable

import numpy as np

from churn_mlops.models.explaining.paths import Paths
from churn_mlops.models.explaining.shapley import TINY, shapley_values, weigh

MOST_CELLS = 8_000_000  # numbers in the tables; beyond, each row is worked out


def compile_shapley(generations: list[Paths], width: int) -> Callable[[np.ndarray], np.ndarray]:
    """What each of `width` features adds to what the trees say of a row."""
    paths = generations[0]
    slots = paths.feature.shape[1]
    if len(generations) > 1 or not slots or int((1 << paths.used).sum()) * slots > MOST_CELLS:
        return lambda row: shapley_values(generations, row[None])[0]
    begins, table = _tables(paths)
    powers = 1 << np.arange(slots)
    feature, free = np.maximum(paths.feature, 0), paths.feature < 0
    low, high = np.where(free, np.inf, paths.low), np.where(free, -np.inf, paths.high)  # a free slot passes never
    nan_passes, flat = paths.nan_passes & ~free, feature.ravel()

    def explain(row) -> np.ndarray:
        values = row[feature]
        passes = (values > low) & (values <= high)
        if np.isnan(row).any():
            passes |= np.isnan(values) & nan_passes
        found = table[begins + passes @ powers]
        return np.bincount(flat, found.ravel(), width)

    return explain


def _tables(paths: Paths) -> tuple[np.ndarray, np.ndarray]:
    """Where each leaf's answers begin, and the answers: a row for each set of features that pass, slot by slot.

    Slots are filled from the first, so that the sets of a leaf with few features are the first of all sets.
    """
    used, slots = paths.used, paths.feature.shape[1]
    sizes = 1 << used
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    table = np.zeros((int(sizes.sum()), slots))
    for count in np.unique(used[used > 0]).tolist():
        leaves = np.flatnonzero(used == count)
        passes = (np.arange(1 << count)[:, None] >> np.arange(count) & 1).astype(float)
        cover = np.maximum(paths.cover[leaves, :count], TINY)
        said = weigh(passes, cover[:, None], paths.value[leaves, None])
        rows = begins[leaves][:, None] + np.arange(1 << count)
        table[rows, :count] = said
    return begins, table
