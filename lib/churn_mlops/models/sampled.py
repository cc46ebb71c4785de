"""Bounded cost: an estimator fitted on a sample of the rows and asked for a block of rows at a time."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import check_random_state


class FitOnSample(ClassifierMixin, BaseEstimator):
    """Fit `estimator` on at most `rows` rows, drawn by `seed`; predict in blocks of `block` rows.

    A linear model with a few hundred coefficients learns nothing more from the second hundred thousand
    rows, but its dense design matrix would take gigabytes. Both limits keep memory flat.
    """

    def __init__(self, estimator, rows=100_000, seed=0, block=50_000):
        self.estimator = estimator
        self.rows = rows
        self.seed = seed
        self.block = block

    def fit(self, X, y):
        """Fit a clone of the estimator on the sample."""
        y = np.asarray(y)
        if len(y) > self.rows:
            chosen = check_random_state(self.seed).choice(len(y), self.rows, replace=False)
            chosen.sort()
            X, y = X.iloc[chosen], y[chosen]
        self.estimator_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X):
        """Probabilities of the two classes, shape (rows, 2)."""
        starts = range(0, max(len(X), 1), self.block)
        return np.concatenate([self.estimator_.predict_proba(X.iloc[i : i + self.block]) for i in starts])

    def predict(self, X):
        """The more probable class."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]
