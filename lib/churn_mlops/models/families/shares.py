"""Levels of text as numbers: how many of each level left."""

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.base import BaseEstimator, TransformerMixin

LEAST, MOST = 1.0, 1e6  # rows that the mean of all counts for beside a level's own


class LevelShares(TransformerMixin, BaseEstimator):
    """Each column of codes (whole numbers from -1) as the log-odds of the share that left of each level.

    The share is drawn to the mean of all the fewer rows a level has, by as much as levels of that size differ by
    chance alone (empirical Bayes; the variance between levels by DerSimonian and Laird 1986). Training rows
    get it from the other `folds - 1` folds (Micci-Barreca 2001), or a level of one row would tell that row's
    outcome; rows with one label in their index (`keep_together`) are one customer's, and in one fold, or last month's
    row would tell this month's. A level never seen gets the mean.
    """

    def __init__(self, folds=5, seed=0):
        self.folds = folds
        self.seed = seed

    def fit(self, X, y):
        """Learn from all rows; `y` holds 0 and 1."""
        codes, y = _places(X), np.asarray(y, dtype=float)
        self.values_ = [_of_levels(column, y, int(column.max(initial=0)) + 1) for column in codes.T]
        return self

    def fit_transform(self, X, y):
        """Learn from all rows, and give each what other customers say of its level."""
        self.fit(X, y)
        codes, y = _places(X), np.asarray(y, dtype=float)
        customer = pd.factorize(X.index)[0] if hasattr(X, "index") else np.arange(len(y))
        dealt = np.random.default_rng(self.seed).permutation(int(customer.max(initial=-1)) + 1) % self.folds
        fold = dealt[customer]
        out = np.empty(codes.shape)
        for k in np.unique(fold):
            mine, others = fold == k, fold != k
            if not others.any():
                others = mine
            for place, column in enumerate(codes.T):
                values = _of_levels(column[others], y[others], len(self.values_[place]))
                out[mine, place] = values[column[mine]]
        return out

    def transform(self, X):
        """Same shape, as float64."""
        codes = _places(X)
        columns = zip(codes.T, self.values_, strict=True)
        # A code above those seen is a level never seen: place 0 holds the mean, or what rows without a level say.
        out = [values[np.where(column < len(values), column, 0)] for column, values in columns]
        return np.stack(out, axis=1) if out else np.empty(codes.shape)


def _places(X) -> np.ndarray:
    return np.asarray(X, dtype=float).astype(np.int64) + 1


def _of_levels(codes, y, size: int) -> np.ndarray:
    """The log-odds at every place from 0 to `size - 1`; the mean's where no row is."""
    rows, left = np.bincount(codes, minlength=size), np.bincount(codes, weights=y, minlength=size)
    mean = (y.sum() + 0.5) / (len(y) + 1)
    weight = _weight_of_mean(rows[rows > 0], left[rows > 0], mean)
    return logit((left + weight * mean) / (rows + weight))


def _weight_of_mean(rows, left, mean: float) -> float:
    """Rows that the mean counts for: the variance within a level over that between levels."""
    within, total = mean * (1 - mean), rows.sum()
    spread = np.sum(rows * (left / rows - mean) ** 2) - (len(rows) - 1) * within
    scale = total - np.sum(rows.astype(float) ** 2) / total
    if spread <= 0 or scale <= 0:
        return MOST
    return float(np.clip(within * scale / spread, LEAST, MOST))
