"""A model whose probabilities mean what they say."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from churn_mlops.errors import DataError
from churn_mlops.models.threads import fixed_threads

CLIP = 1e-7  # probabilities of exactly 0 or 1 have no log-odds; this bounds them to about -16 to 16


class CalibratedModel(ClassifierMixin, BaseEstimator):
    """The model: raw row to calibrated probability, `sigmoid(slope * log_odds(estimator) + intercept + shift)`.

    `slope` and `intercept` come from rows that the estimator did not see (`fit_calibrated`), so `fit` only
    fits the estimator. A slope below 1 says that the estimator is too sure of itself. `shift` leads from the
    share of leavers among the training rows to their share in the world (`prior_shift`).
    """

    shift = 0.0  # of a model in a file from before there was one

    def __init__(self, estimator, slope=1.0, intercept=0.0, shift=0.0):
        self.estimator = estimator
        self.slope = slope
        self.intercept = intercept
        self.shift = shift

    def fit(self, X, y):
        """Fit a clone of the estimator on all rows given."""
        with fixed_threads(len(X)):
            self.estimator_ = clone(self.estimator).fit(X, np.asarray(y))
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X):
        """Calibrated probabilities of staying and of leaving, shape (rows, 2)."""
        z = self._corrected(self.estimator_.predict_proba(X)[:, 1])
        return np.column_stack([expit(-z), expit(z)])

    def calibrate(self, p) -> np.ndarray:
        """The estimator's own probabilities, corrected as the model corrects them."""
        return expit(self._corrected(p))

    def predict(self, X):
        """The more probable class; decisions are made by the profit threshold instead."""
        return self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(int)]

    def _corrected(self, p) -> np.ndarray:
        return self.slope * log_odds(p) + self.intercept + self.shift


def fit_calibrated(estimator, X, y, out_of_fold_probability, prior: float | None = None) -> CalibratedModel:
    """The model: calibration from out-of-fold probabilities, then the estimator fitted on all rows.

    Calibration fitted on rows that the estimator has seen would believe its overconfidence. Rows that no fold
    has tested are NaN and do not count. `prior` is the share of leavers in the world, where it is not that of
    the training rows.
    """
    y, p = np.asarray(y), np.asarray(out_of_fold_probability, dtype=float)
    slope, intercept = fit_sigmoid(y[~np.isnan(p)], p[~np.isnan(p)])
    shift = 0.0 if prior is None else prior_shift(prior, float(np.mean(y)))
    return CalibratedModel(estimator, slope, intercept, shift).fit(X, y)


def prior_shift(prior: float, rate: float) -> float:
    """What to add to log-odds learned where the share `rate` left, to mean what they say where `prior` leave.

    Saerens et al. (2002), "Adjusting the outputs of a classifier to new a priori probabilities", with one
    class against the other; King and Zeng (2001), "Logistic regression in rare events data". It assumes that
    leavers look alike in both places, and so do stayers: only how many there are differs, as when a training
    sample was balanced by leaving out stayers at random. Raises DataError for a share that is not between 0 and 1.
    """
    for name, share in (("prior", prior), ("share of leavers in training", rate)):
        if not 0 < share < 1:
            raise DataError(f"{name}: {share}; expected a share above 0 and below 1, such as 0.02.")
    return float(logit(prior) - logit(rate))


def fit_sigmoid(y, p) -> tuple[float, float]:
    """(slope, intercept) of Platt scaling on log-odds.

    Platt (1999), "Probabilistic outputs for support vector machines", with his softened targets, which keep
    the slope finite when the scores separate the classes. Where the slope would not be positive (a score
    that carries no information) only the intercept is fitted: calibration never turns a ranking round.
    """
    y, z = np.asarray(y, dtype=float), log_odds(p)
    left = y.sum()
    targets = np.where(y == 1, (left + 1) / (left + 2), 1 / (len(y) - left + 2))
    start = float(logit(targets.mean()) - z.mean())
    slope, intercept = _minimise(lambda a: a, z, targets, np.array([1.0, start]))
    if slope <= 0:
        slope, intercept = _minimise(lambda a: a * [0, 1], z, targets, np.array([1.0, start]))
    return float(slope), float(intercept)


def log_odds(p) -> np.ndarray:
    """log(p / (1 - p)), of probabilities held between 1e-7 and 1 - 1e-7."""
    return logit(np.clip(np.asarray(p, dtype=float), CLIP, 1 - CLIP))


def _minimise(project, z, targets, start):
    def loss(parameters):
        linear = parameters[0] * z + parameters[1]
        residual = expit(linear) - targets
        gradient = np.array([np.mean(residual * z), np.mean(residual)])
        return np.mean(np.logaddexp(0, linear) - targets * linear), project(gradient)

    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-15}).x
