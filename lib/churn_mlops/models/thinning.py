"""Fewer rows where many would only cost time. A row keeps its place in its fold, so customers stay apart."""

import numpy as np


def thin_rows(y, rows: int, seed: int, leavers: float = 0.0) -> np.ndarray:
    """Positions of at most `rows` rows, drawn by `seed`, in order; all where there are no more.

    `leavers` is the share of the sample that may be leavers beyond their natural one: they are what there is to
    learn from, and a ROC AUC does not depend on how many of each kind there are. Probabilities do: with 0 (as
    for calibration) every row has the same chance.
    """
    y, rng = np.asarray(y), np.random.default_rng(seed)
    if len(y) <= rows:
        return np.arange(len(y))
    if not leavers:
        return np.sort(rng.choice(len(y), rows, replace=False))
    left, stayed = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    wanted = min(len(left), max(int(rows * leavers), round(rows * len(left) / len(y))))
    drawn = rng.choice(left, wanted, replace=False), rng.choice(stayed, min(len(stayed), rows - wanted), replace=False)
    return np.sort(np.concatenate(drawn))


def thin_folds(folds, kept: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The folds of the kept rows, as positions among them."""
    place = np.full(1 + max(max(train.max(initial=-1), test.max(initial=-1)) for train, test in folds), -1)
    kept = kept[kept < len(place)]
    place[kept] = np.arange(len(kept))
    return [tuple(rows[rows >= 0] for rows in (place[train], place[test])) for train, test in folds]
