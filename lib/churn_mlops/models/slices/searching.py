"""Where nobody has looked: other columns, and pairs of columns, in which a slice is clearly worse."""

from itertools import combinations

import numpy as np

from churn_mlops.models.slices.measuring import FEWEST, Scored, corrected, measure, roc_auc

SEARCHED = 50_000  # rows searched; what is found is measured on all of them
PAIRED = 6  # columns whose pairs are searched
FEW_LEVELS = 5  # most levels of a category in a pair
SHOWN = 12  # most pairs shown, the worst first


def worse_columns(cut, scored: Scored, overall: float, seed: int) -> list[str]:
    """The columns with a flagged slice, in order; `cut` maps a column to (slice of each row, labels)."""
    rows = sample(len(scored.y), seed)
    some, z = scored.take(rows), corrected(sum(len(labels) for _, labels in cut.values()))
    total = some.weights.sum()
    return [
        name
        for name, (codes, labels) in cut.items()
        if any(measure(some.take(codes[rows] == k), total, overall, z)["flag"] for k in range(len(labels)))
    ]


def worse_pairs(cut, scored: Scored, alone) -> list[dict]:
    """A record for each pair of slices that is flagged while neither slice is: `alone` are the records of those.

    `cut` maps a column to (slice of each row, labels). Only pairs with twenty leavers and stayers or more; flags
    allow for all of them.
    """
    cells = list(_cells(cut, scored.y))
    overall, total, z = roc_auc(scored.y, scored.p), scored.weights.sum(), corrected(len(cells))
    flagged = {(record["column"], record["slice"]): record["flag"] for record in alone}
    found = []
    for names, labels, inside in cells:
        told = measure(scored.take(inside), total, overall, z)
        if told["flag"] and told["flag"] not in {flagged.get(part) for part in zip(names, labels, strict=True)}:
            found.append({"column": " and ".join(names), "slice": ", ".join(labels), **told})
    return sorted(found, key=lambda record: record["holds"])[:SHOWN]


def _cells(cut, y):
    """Every pair of slices of two columns that has enough of both kinds: names, labels, mask of the rows."""
    for one, other in combinations(cut, 2):
        (codes, labels), (others, names) = cut[one], cut[other]
        both = codes * len(names) + others
        left, rows = np.bincount(both, weights=y), np.bincount(both)
        for cell in np.flatnonzero(np.minimum(left, rows - left) >= FEWEST):
            yield (one, other), (labels[cell // len(names)], names[cell % len(names)]), both == cell


def sample(rows: int, seed: int) -> np.ndarray:
    """Positions of at most `SEARCHED` rows, in order."""
    if rows <= SEARCHED:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, SEARCHED, replace=False))
