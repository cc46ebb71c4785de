import hashlib

import numpy as np
import pytest
from scipy.special import logit
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from churn_mlops.models.families import LightGBMModel, lightgbm
from churn_mlops.models.families.lightgbm import TAIL
from churn_mlops.models.families.pairs import fold, most_columns

KINDS = [{}, {"extra": True, "row_share": 0.6}, {"forest": True, "row_share": 0.5, "extra": True}, {"pairs": 3}]


def numbers(rows=500, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 6))
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, (rng.random(rows) < 1 / (1 + np.exp(-2 * np.nan_to_num(X[:, 0])))).astype(int)


@pytest.mark.parametrize("kind", KINDS)
def test_the_columns_parts_add_up_to_the_log_odds(kind):
    X, y = numbers()
    model = LightGBMModel(iterations=30, **kind).fit(X, y)
    np.testing.assert_allclose(model.contributions(X).sum(axis=1), logit(model.predict_proba(X)[:, 1]), atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_kept_but_the_text_and_it_names_no_setting_of_the_machine(kind):
    X, y = numbers()
    model = LightGBMModel(iterations=5, **kind).fit(X, y)
    model.predict_proba(X)
    state = model.__getstate__()
    assert {name for name in state if name.endswith("_")} == {
        "text_",
        "classes_",
        "n_features_in_",
        "paired_",
        "mean_",
        "sd_",
    }
    assert "_read" not in state
    assert TAIL not in model.text_
    assert "threads" not in model.text_


def test_the_model_of_its_text_alone_predicts_the_same_to_the_last_bit():
    X, y = numbers()
    model = LightGBMModel(iterations=20).fit(X, y)
    other = clone(model)
    vars(other).update(model.__getstate__())
    np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))


def test_a_model_fitted_again_forgets_what_it_was():
    (X, y), model = numbers(), LightGBMModel(iterations=5)
    before = model.fit(X, y).predict_proba(X)
    after = model.fit(X, 1 - y).predict_proba(X)
    assert np.corrcoef(before[:, 1], after[:, 1])[0, 1] < -0.9


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_is_the_same_on_any_number_of_threads(monkeypatch, kind):
    X, y = numbers(5_000)
    made = set()
    for threads in (1, 2, 3):
        monkeypatch.setattr(lightgbm, "boosting_threads", lambda rows, threads=threads: threads)
        text = LightGBMModel(iterations=6, **kind).fit(X, y).text_
        made.add(hashlib.sha256(text.encode()).hexdigest())
    assert len(made) == 1


def test_no_rows_get_no_predictions():
    X, y = numbers()
    assert LightGBMModel(iterations=2).fit(X, y).predict_proba(X[:0]).shape == (0, 2)


@pytest.mark.parametrize("y", [np.zeros(50), np.ones(50)])
def test_rows_of_one_kind_only_give_one_probability(y):
    X, _ = numbers(50)
    p = LightGBMModel(iterations=3).fit(X, y).predict_proba(X)[:, 1]
    assert np.isfinite(p).all()
    assert len(set(p)) == 1


def sums(rows=3_000, seed=0):
    """Who leaves is decided by the sum of two columns, of different units, against a third."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 5)) * [1, 100, 1, 1, 1]
    return X, (X[:, 0] + X[:, 1] / 100 - X[:, 2] > 1).astype(int)


def test_sums_of_columns_are_found_with_their_pairs():
    (X, y), (new_X, new_y) = sums(), sums(seed=1)
    area = {
        pairs: roc_auc_score(new_y, LightGBMModel(60, 0.1, 6, pairs=pairs).fit(X, y).predict_proba(new_X)[:, 1])
        for pairs in (0, 3)
    }
    assert 1 - area[3] < (1 - area[0]) / 2


def test_the_columns_that_matter_most_are_paired_in_order():
    assert LightGBMModel(5, pairs=3).fit(*sums()).paired_.tolist() == [0, 1, 2]


@pytest.mark.parametrize(("rows", "most"), [(1_000, 15), (1_500_000, 6), (100_000_000, 0)])
def test_many_rows_leave_room_for_fewer_pairs(rows, most):
    assert most_columns(15, rows) == most


def test_of_a_pair_each_column_gets_half():
    values = np.array([[1.0, 2.0, 3.0, 10.0, 20.0]])  # three columns, then sum and difference of the first and last
    assert fold(values, [0, 2], 3).tolist() == [[16.0, 2.0, 18.0]]
