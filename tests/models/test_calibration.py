import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from churn_mlops.errors import DataError
from churn_mlops.models import CalibratedModel, fit_calibrated
from churn_mlops.models.calibration import fit_sigmoid, prior_shift


def drawn(slope, intercept, rows=40_000, seed=0):
    """Scores whose true log-odds of leaving are `slope * log_odds(p) + intercept`, and who left."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-1, 1.5, rows)
    return (rng.random(rows) < expit(slope * z + intercept)).astype(int), expit(z)


@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (0.5, 0.3), (2, -1), (1, -2)])
def test_a_known_distortion_is_found_again(slope, intercept):
    assert fit_sigmoid(*drawn(slope, intercept)) == pytest.approx((slope, intercept), abs=0.06)


@pytest.mark.slow
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


def test_rows_that_no_fold_has_tested_do_not_count():
    y = np.arange(100) < 30
    X, seen = pd.DataFrame({"a": y * 1.0}), np.where(np.arange(100) < 50, np.nan, 0.4)
    model = fit_calibrated(DummyClassifier(strategy="prior"), X, y, seen)
    assert (model.slope, model.intercept) == fit_sigmoid(y[50:], seen[50:])


@pytest.mark.slow
@pytest.mark.parametrize("prior", [0.02, 0.3])
def test_a_model_of_a_balanced_sample_says_what_happens_where_fewer_leave(prior):
    rng = np.random.default_rng(2)
    y = (rng.random(200_000) < prior).astype(int)
    X = pd.DataFrame({"a": rng.normal(size=len(y)) + 1.5 * y})
    balanced = np.sort(np.concatenate([np.flatnonzero(y == k)[: (y == 1).sum()] for k in (0, 1)]))
    train = X.iloc[balanced], y[balanced]
    seen = LogisticRegression().fit(*train).predict_proba(train[0])[:, 1]
    model = fit_calibrated(LogisticRegression(), *train, seen, prior=prior)
    p = model.predict_proba(X)[:, 1]
    assert p.mean() == pytest.approx(prior, rel=0.05)
    likely = p > np.quantile(p, 0.9)
    assert p[likely].mean() == pytest.approx(y[likely].mean(), rel=0.05)
    np.testing.assert_array_equal(model.calibrate(model.estimator_.predict_proba(X)[:, 1]), p)


def test_the_rate_of_the_training_rows_as_prior_changes_nothing():
    y = np.arange(100) < 30
    X, seen = pd.DataFrame({"a": y * 1.0}), np.where(y, 0.6, 0.2)
    models = [fit_calibrated(LogisticRegression(), X, y, seen, prior) for prior in (None, 0.3)]
    np.testing.assert_allclose(*[model.predict_proba(X) for model in models], rtol=1e-12)


@pytest.mark.parametrize(("prior", "rate"), [(0, 0.5), (1, 0.5), (-0.1, 0.5), (2, 0.5), (np.nan, 0.5), (0.5, 0)])
def test_a_prior_that_is_no_share_is_refused(prior, rate):
    with pytest.raises(DataError, match="expected a share above 0 and below 1"):
        prior_shift(prior, rate)


def test_a_model_from_before_there_was_a_prior_still_predicts():
    model = CalibratedModel(DummyClassifier(strategy="prior"), 1.0, 0.2).fit(pd.DataFrame({"a": [1, 2]}), [0, 1])
    del model.shift
    assert model.predict_proba(pd.DataFrame({"a": [1]}))[0, 1] == pytest.approx(expit(0.2))
