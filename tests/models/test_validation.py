from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from churn_mlops.models import add_blend, choose, chosen_model, cross_validate, make_folds


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)}, index=np.arange(300) + 1000)
    return X, (rng.random(300) < 1 / (1 + np.exp(-2 * X["a"].to_numpy()))).astype(int)


CANDIDATES = {"naive": DummyClassifier(strategy="prior"), "linear": LogisticRegression()}


def test_every_row_gets_a_probability_from_a_model_that_did_not_see_it(data):
    X, y = data
    folds = make_folds(y, folds=3)
    cv = cross_validate(CANDIDATES, X, y, folds)
    train, test = folds[1]
    by_hand = LogisticRegression().fit(X.iloc[train], y[train]).predict_proba(X.iloc[test])[:, 1]
    np.testing.assert_allclose(cv.out_of_fold["linear"].iloc[test], by_hand)
    assert cv.out_of_fold.index.equals(X.index)
    assert cv.out_of_fold.notna().all(axis=None)


def test_each_fold_of_each_candidate_is_scored(data):
    X, y = data
    folds = make_folds(y, folds=3)
    cv = cross_validate(CANDIDATES, X, y, folds)
    assert list(zip(cv.table["candidate"], cv.table["fold"], strict=True)) == [
        (name, fold) for fold in (1, 2, 3) for name in CANDIDATES
    ]
    row = cv.table.query("candidate == 'linear' and fold == 2").iloc[0]
    assert row.roc_auc == pytest.approx(roc_auc_score(y[folds[1][1]], cv.out_of_fold["linear"].iloc[folds[1][1]]))
    assert list(cv.summary["candidate"]) == ["naive", "linear"]
    assert cv.summary["roc_auc"][0] == 0.5


def test_rows_that_no_fold_tests_have_no_prediction(data):
    X, y = data
    cv = cross_validate(CANDIDATES, X, y, [(np.arange(100), np.arange(100, 250))])
    np.testing.assert_array_equal(cv.seen, (np.arange(300) >= 100) & (np.arange(300) < 250))


def test_of_many_rows_as_many_are_used_as_asked_for_and_each_stays_on_its_side(data):
    X, y = data
    folds = make_folds(y, folds=3)
    spy = Spy()
    cv = cross_validate({"spy": spy}, X, y, folds, rows=80)
    assert cv.seen.sum() == 240
    learned = [list(rows) for rows in Spy.fitted[-3:]]
    assert sorted(map(len, learned)) == [80, 80, 80]
    for rows in learned:
        assert any(set(rows) <= set(X.index[train]) for train, _ in folds)
    pd.testing.assert_frame_equal(cv.out_of_fold, cross_validate({"spy": spy}, X, y, folds, rows=80).out_of_fold)


class Spy(LogisticRegression):
    """Keeps the labels of the rows that it is fitted on."""

    fitted: ClassVar = []

    def fit(self, X, y):
        Spy.fitted.append(X.index)
        return super().fit(X, y)


def test_a_blend_stands_last_with_what_it_foretells_by_weights_of_the_other_folds(data):
    X, y = data
    y = (np.random.default_rng(1).random(300) < 1 / (1 + np.exp(-X["a"] - X["b"]))).astype(int).to_numpy()
    folds = [(np.arange(100), np.arange(100, 200)), (np.arange(200), np.arange(200, 300))]
    halves = {"naive": DummyClassifier(strategy="prior"), "a": OneColumn("a"), "b": OneColumn("b")}
    cv = cross_validate(halves, X, y, folds)
    blended = add_blend(cv, y, folds)
    assert list(blended.out_of_fold) == ["naive", "a", "b", "blend"]
    assert set(blended.weights) == {"a", "b"}
    assert sum(blended.weights.values()) == pytest.approx(1)
    assert blended.summary["roc_auc"].idxmax() == 3
    assert (blended.seen == cv.seen).all()
    changed = y.copy()
    changed[100:200] = 1 - changed[100:200]  # the weights of fold 1 are from fold 2: its own labels change nothing
    same = add_blend(cv, changed, folds).out_of_fold["blend"].iloc[100:200]
    np.testing.assert_allclose(same, blended.out_of_fold["blend"].iloc[100:200])
    model = chosen_model(choose(blended), halves, blended)
    assert [name for name, _ in model.estimators] == list(blended.weights)


class OneColumn(LogisticRegression):
    """Knows one of the columns only."""

    def __init__(self, column="a"):
        super().__init__()
        self.column = column

    def fit(self, X, y):
        return super().fit(X[[self.column]], y)

    def predict_proba(self, X):
        return super().predict_proba(X[[self.column]])


def test_where_one_model_is_the_best_blend_there_is_none(data):
    X, y = data
    folds = make_folds(y, folds=3)
    cv = cross_validate(CANDIDATES, X, y, folds)
    assert add_blend(cv, y, folds) is cv
    assert chosen_model(choose(cv), CANDIDATES, cv) is CANDIDATES["linear"]
