"""Columns that hold no value at all, which the boosting cannot bin."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class FillEmpty(TransformerMixin, BaseEstimator):
    """Set columns in which training saw only missing values to 0; leave all others, gaps included, as they are.

    Such a column may be full elsewhere, or empty only in one fold: dropping it by hand would not be enough.
    """

    def fit(self, X, y=None):
        """Find the empty columns."""
        self.empty_ = np.isnan(np.asarray(X, dtype=float)).all(axis=0)
        return self

    def transform(self, X):
        """Same shape, as float64."""
        return np.where(self.empty_, 0.0, np.asarray(X, dtype=float))
