import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from churn_mlops.models import CalibratedModel, fit_calibrated
from churn_mlops.models.calibration import fit_sigmoid


def drawn(slope, intercept, rows=40_000, seed=0):
    """Scores whose true log-odds of leaving are `slope * log_odds(p) + intercept`, and who left."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 1.5, rows)
    return (rng.random(rows) < expit(slope * z + intercept)).astype(int), expit(z)


@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (0.5, 0.3), (2, -1), (1, -2)])
def test_a_known_distortion_is_found_again(slope, intercept):
    assert fit_sigmoid(*drawn(slope, intercept)) == pytest.approx((slope, intercept), abs=0.06)


def test_the_fit_is_that_of_a_logistic_regression_on_log_odds():
    y, p = drawn(0.7, 0.2)
    theirs = LogisticRegression(C=np.inf, tol=1e-8).fit(logit(p)[:, None], y)
    assert fit_sigmoid(y, p) == pytest.approx((theirs.coef_[0, 0], theirs.intercept_[0]), abs=2e-3)


@pytest.mark.parametrize(
    "p", [[0.0, 1.0, 0.0, 1.0, 0.5, 0.5], [0.0] * 6, [1.0] * 6, [0.3] * 6, [0.9, 0.1, 0.9, 0.1, 0.9, 0.1]]
)
def test_extreme_constant_and_reversed_scores_stay_finite_and_are_never_turned_round(p):
    slope, intercept = fit_sigmoid([0, 1, 0, 1, 0, 1], p)
    assert slope > 0
    assert np.isfinite([slope, intercept]).all()


def test_scores_without_information_are_moved_to_the_base_rate():
    rng = np.random.default_rng(0)
    y, p = (rng.random(5_000) < 0.2).astype(int), np.full(5_000, 0.7)
    slope, intercept = fit_sigmoid(y, p)
    assert expit(slope * logit(0.7) + intercept) == pytest.approx(y.mean(), abs=1e-3)


def test_the_model_is_the_sigmoid_of_the_estimators_log_odds():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=200)})
    y = (rng.random(200) < expit(X["a"])).astype(int)
    raw = LogisticRegression().fit(X, y).predict_proba(X)[:, 1]
    model = CalibratedModel(LogisticRegression(), 0.5, -0.25).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], expit(0.5 * logit(raw) - 0.25))
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X)[:, 1] >= 0.5)


def test_calibration_comes_from_out_of_fold_probabilities_and_the_estimator_from_all_rows():
    X, y = pd.DataFrame({"a": np.zeros(100)}), (np.arange(100) < 30).astype(int)
    model = fit_calibrated(DummyClassifier(strategy="prior"), X, y, np.full(100, 0.6))
    assert model.estimator_.predict_proba(X)[0, 1] == pytest.approx(0.3)
    assert (model.slope, model.intercept) == fit_sigmoid(y, np.full(100, 0.6))
