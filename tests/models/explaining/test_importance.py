import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from churn_mlops.errors import DataError
from churn_mlops.features.signature import make_signature
from churn_mlops.models import importance_table
from churn_mlops.models.explaining.importance import _roc_auc


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(800, 3)), columns=["little", "much", "nothing"]).assign(id=range(800))
    y = (rng.random(800) < 1 / (1 + np.exp(-2 * X["much"] - 0.7 * X["little"]))).astype(int)
    model = make_pipeline(make_column_transformer(("passthrough", ["little", "much", "nothing"])), LogisticRegression())
    return model.fit(X, y), X, y


def test_the_column_that_decides_comes_first_and_the_one_without_effect_last(data):
    model, X, y = data
    table = importance_table(model, X, y, make_signature(X, "id"))
    assert table["column"].tolist() == ["much", "little", "nothing"]
    assert table["importance"].iloc[0] > 0.2
    assert abs(table["importance"].iloc[-1]) < 0.01


def test_it_is_measured_on_a_sample_that_the_seed_decides(data):
    model, X, y = data
    once, again, other = (
        importance_table(model, X, y, make_signature(X, "id"), seed=seed, rows=100) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(once, again)
    assert not once["importance"].equals(other["importance"])


def test_one_class_is_refused(data):
    model, X, y = data
    with pytest.raises(DataError, match="importance"):
        importance_table(model, X, np.zeros(len(y)), make_signature(X, "id"))


def test_the_interval_holds_what_was_measured_and_is_wide_where_customers_are_few(data):
    model, X, y = data
    signature = make_signature(X, "id")
    table, few = (importance_table(model, X, y, signature, customers=c) for c in (None, np.arange(len(y)) // 40))
    assert table["importance"].between(table["importance_low"], table["importance_high"]).all()
    assert table["importance_low"].iloc[0] > 0 > table["importance_low"].iloc[-1]
    width, fewer = (t["importance_high"] - t["importance_low"] for t in (table, few))
    assert (fewer != width).all()


def test_tied_scores_count_one_half():
    y, p = np.array([0, 1, 0, 1, 1]), np.array([0.2, 0.2, 0.5, 0.5, 0.9])
    weights = np.array([[1.0, 1, 1, 1, 1], [2, 0, 1, 1, 3]])
    expected = [roc_auc_score(y, p, sample_weight=weight) for weight in weights]
    np.testing.assert_allclose(_roc_auc(y, p, weights), expected)
