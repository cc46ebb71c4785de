import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from churn_mlops.models.families import Blend, blend_out_of_fold, blended, fit_blend
from churn_mlops.models.folds import make_folds


def guesses(rows=2_000, seed=0):
    """Two members that each see half of what matters, one that sees nothing."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, rows))
    y = (rng.random(rows) < expit(a + b - 1)).astype(int)
    return pd.DataFrame({"a": expit(a - 1), "b": expit(b - 1), "noise": expit(c - 1)}), y


def test_the_log_odds_of_the_members_are_averaged_by_weight():
    X, y = pd.DataFrame({"x": np.linspace(-1, 1, 60)}), np.arange(60) % 3 == 0
    members = [("half", LogisticRegression()), ("flat", DummyClassifier(strategy="prior"))]
    model = Blend(members, [3, 1]).fit(X, y)
    one, two = (logit(member.predict_proba(X)[:, 1]) for member in model.estimators_)
    np.testing.assert_allclose(logit(model.predict_proba(X)[:, 1]), 0.75 * one + 0.25 * two)
    np.testing.assert_allclose(Blend(members).shares(), [0.5, 0.5])


def test_members_that_know_different_things_share_the_weight_and_one_that_knows_nothing_has_none():
    weights = fit_blend(*guesses())
    assert set(weights) == {"a", "b"}
    assert sum(weights.values()) == pytest.approx(1)
    assert abs(weights["a"] - weights["b"]) < 0.15


def test_one_member_has_all_the_weight():
    out, y = guesses()
    assert fit_blend(out[["a"]], y) == {"a": pytest.approx(1)}


@pytest.mark.parametrize("constant", [0.0, 0.3, 1.0])
def test_members_that_say_nothing_at_all_still_give_weights(constant):
    weights = fit_blend(pd.DataFrame({"a": [constant] * 8, "b": [constant] * 8}), np.arange(8) % 2)
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0


def test_a_fold_is_predicted_with_weights_of_the_others():
    out, y = guesses(300)
    folds = make_folds(y, None, 3, 0)
    p = blend_out_of_fold(out, y, folds)
    _, test = folds[0]
    turned = y.copy()
    turned[test] = 1 - turned[test]
    np.testing.assert_array_equal(blend_out_of_fold(out, turned, folds)[test], p[test])
    others = np.setdiff1d(np.arange(300), test)
    np.testing.assert_allclose(p[test], blended(out.iloc[test], fit_blend(out.iloc[others], y[others])))
