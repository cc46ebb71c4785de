"""A forest asked for one row: which leaves it can still reach, as bits, and what these say.

Lucchese and others (2015), "QuickScorer": each split rules out the leaves on its other side. All splits of a feature
are decided by where the value lies among their thresholds, so a feature is one look-up of a row of bits; the rows of
all features, and-ed, leave one leaf a tree. Walking down the trees, a level at a time, takes several times as long.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np

from churn_mlops.models.explaining.forest import Forest

MOST_BYTES = 32_000_000  # of the table of bits; a larger forest is walked


def compile_forest(forest: Forest) -> Callable[[Sequence[float]], float]:
    """What the trees say together of a row, a list of numbers with NaN for gaps."""
    splits = np.flatnonzero(forest.left >= 0)
    if not len(splits):
        return _constant(forest)
    leaves, begin, middle, end = _leaves(forest)
    features = np.unique(forest.feature[splits]).tolist()
    rows = sum(len(np.unique(forest.threshold[splits][forest.feature[splits] == f])) + 2 for f in features)
    if rows * len(leaves) / 8 > MOST_BYTES:
        return _walk(forest)
    lookups, table, at = [], [], 0
    for feature in features:
        mine = splits[forest.feature[splits] == feature]
        thresholds, bits = _bits(forest, mine, begin, middle, end, len(leaves))
        lookups.append((feature, thresholds.tolist(), at, at + len(bits) - 1))
        table.append(bits)
        at += len(bits)
    return _look_up(lookups, np.concatenate(table), forest.value[leaves])


def _look_up(lookups, table, values):
    packed, count = _as_words(table), len(values)

    def answer(row) -> float:
        places = [
            (at + bisect_left(thresholds, row[feature])) if row[feature] == row[feature] else gap
            for feature, thresholds, at, gap in lookups
        ]
        reached = np.bitwise_and.reduce(packed[places])
        return float(values[np.unpackbits(reached.view(np.uint8), count=count).view(bool)].sum())

    return answer


def _as_words(bits) -> np.ndarray:
    """Rows of bits as 64-bit words, which are and-ed eight times as fast as bytes."""
    spare = -bits.shape[1] % 64
    return np.packbits(np.pad(bits, [(0, 0), (0, spare)]), axis=1).view(np.uint64)


def _bits(forest, splits, begin, middle, end, leaves: int) -> tuple[np.ndarray, np.ndarray]:
    """The thresholds of one feature, and for each place among them the leaves it leaves open; last, those of a gap."""
    thresholds = np.unique(forest.threshold[splits])
    order = splits[np.argsort(forest.threshold[splits], kind="stable")]
    shut, found = np.zeros(leaves, dtype=np.int32), []  # how many splits rule a leaf out
    for split in order:  # below all thresholds every split sends the row to the left
        shut[middle[split] : end[split]] += 1
    turned = np.searchsorted(forest.threshold[order], thresholds, side="right")
    first = 0
    for last in [0, *turned]:
        for split in order[first:last]:
            shut[middle[split] : end[split]] -= 1
            shut[begin[split] : middle[split]] += 1
        found.append(shut == 0)
        first = last
    open_to_gaps = np.ones(leaves, dtype=bool)
    for split in splits:
        one, other = (middle, end) if forest.nan_left[split] else (begin, middle)
        open_to_gaps[one[split] : other[split]] = False
    return thresholds, np.array([*found, open_to_gaps])


def _leaves(forest) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The leaves from left to right; of each split where its own begin, where those of its right side do, and end."""
    begin, middle, end = (np.zeros(len(forest.left), dtype=np.int64) for _ in range(3))
    leaves: list[int] = []
    waiting = [(int(root), 0) for root in forest.roots[::-1]]
    while waiting:
        node, visits = waiting.pop()
        if forest.left[node] < 0:
            leaves.append(node)
            continue
        (begin, middle, end)[visits][node] = len(leaves)
        if visits < 2:
            side = (forest.left, forest.right)[visits][node]
            waiting += [(node, visits + 1), (int(side), 0)]
    return np.array(leaves), begin, middle, end


def _walk(forest):
    """Down all trees at once, a level at a time."""
    inner = forest.left >= 0
    here = np.arange(len(inner))
    left, right = np.where(inner, forest.left, here), np.where(inner, forest.right, here)
    feature = np.where(inner, forest.feature, 0)

    def answer(row) -> float:
        row, nodes = np.asarray(row, dtype=float), forest.roots
        gap = np.isnan(row)
        while inner[nodes].any():
            asked = feature[nodes]
            goes_left = np.where(gap[asked], forest.nan_left[nodes], row[asked] <= forest.threshold[nodes])
            nodes = np.where(goes_left, left[nodes], right[nodes])
        return float(forest.value[nodes].sum())

    return answer


def _constant(forest):
    total = float(forest.value[forest.roots].sum())
    return lambda row: total
