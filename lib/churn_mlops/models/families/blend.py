"""Several models as one: their log-odds averaged."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from churn_mlops.models.calibration import log_odds

LEAST = 0.05  # a weight below this is not worth a model that has to be fitted, stored and explained


class Blend(ClassifierMixin, BaseEstimator):
    """`estimators`, a list of (name, estimator), whose log-odds are averaged by `weights`.

    Averaged in the log-odds, where what each column adds to the members adds up to what it adds to the blend.
    """

    def __init__(self, estimators, weights=None):
        self.estimators = estimators
        self.weights = weights

    def fit(self, X, y):
        """Fit a clone of every member on all rows given."""
        self.estimators_ = [clone(estimator).fit(X, y) for _, estimator in self.estimators]
        self.classes_ = self.estimators_[0].classes_
        return self

    def shares(self) -> np.ndarray:
        """The weights, which add up to 1."""
        weights = np.ones(len(self.estimators)) if self.weights is None else np.asarray(self.weights, dtype=float)
        return weights / weights.sum()

    def predict_proba(self, X):
        """Probabilities of the two classes, shape (rows, 2)."""
        parts = [w * log_odds(e.predict_proba(X)[:, 1]) for w, e in zip(self.shares(), self.estimators_, strict=True)]
        z = np.sum(parts, axis=0)
        return np.column_stack([expit(-z), expit(z)])

    def predict(self, X):
        """The more probable class."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]


def fit_blend(out_of_fold: pd.DataFrame, y) -> dict[str, float]:
    """The weight of each column of out-of-fold probabilities in the best blend: 0 or more, together 1.

    Weights that minimise the log loss (Wolpert 1992, "Stacked generalization", held positive as Breiman 1996
    found necessary); those below one twentieth are left out, and those left are found anew.
    """
    kept = list(out_of_fold)
    while True:
        weights = _weights(out_of_fold[kept], y)
        strong = [name for name, weight in zip(kept, weights, strict=True) if weight >= LEAST]
        if strong == kept or len(kept) == 1:
            return dict(zip(kept, weights, strict=True))
        kept = strong


def blend_out_of_fold(out_of_fold: pd.DataFrame, y, folds) -> np.ndarray:
    """What a blend predicts for each fold with weights from the other folds, as honest as its members."""
    y, p = np.asarray(y), np.full(len(out_of_fold), np.nan)
    for _, test in folds:
        others = np.setdiff1d(np.arange(len(y)), test)
        p[test] = blended(out_of_fold.iloc[test], fit_blend(out_of_fold.iloc[others], y[others]))
    return p


def blended(probabilities: pd.DataFrame, weights: dict[str, float]) -> np.ndarray:
    """The probabilities of a blend, from those of its members."""
    return expit(sum(weight * log_odds(probabilities[name]) for name, weight in weights.items()))


def _weights(out_of_fold: pd.DataFrame, y) -> list[float]:
    """Slopes, 0 or more, of a logistic regression on the members' log-odds, as shares of their sum."""
    z, y = log_odds(out_of_fold.to_numpy()), np.asarray(y, dtype=float)
    members = z.shape[1]

    def loss(parameters):
        linear = z @ parameters[:-1] + parameters[-1]
        residual = expit(linear) - y
        gradient = np.append(z.T @ residual, residual.sum()) / len(y)
        return np.mean(np.logaddexp(0, linear) - y * linear), gradient

    start = np.append(np.full(members, 1 / members), 0.0)
    bounds = [(0, None)] * members + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12}).x[:-1]
    total = found.sum()
    return [float(w) for w in (found / total if total > 0 else np.full(members, 1 / members))]
