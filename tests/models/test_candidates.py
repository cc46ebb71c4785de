import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from churn_mlops.errors import DataError
from churn_mlops.features.signature import Signature, make_signature
from churn_mlops.models import make_candidates, suggest_leaves
from churn_mlops.models.sampled import FitOnSample

NAMES = ["naive", "linear", "boosted"]


def table(rows=600, seed=0):
    """Skewed and missing numbers, a frequent and a rare-level category, and who left because of them."""
    rng = np.random.default_rng(seed)
    spend = np.exp(rng.normal(3, 1.5, rows))
    plan = rng.choice(["basic", "plus", "pro"], rows)
    risk = 1.2 * (np.log(spend) - 3) + (plan == "basic") * 1.5 - 1
    frame = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(rows)],
            "spend": np.where(rng.random(rows) < 0.2, np.nan, spend),
            "constant": 1.0,
            "empty": np.nan,
            "mostly_zero": np.where(rng.random(rows) < 0.97, 0.0, rng.random(rows)),
            "plan": pd.Series(plan, dtype="str"),
            "town": pd.Series(rng.choice([f"town {i}" for i in range(200)], rows), dtype="str"),
        }
    )
    return frame, (rng.random(rows) < 1 / (1 + np.exp(-risk))).astype("int8")


@pytest.fixture(scope="module")
def fitted():
    X, y = table()
    signature = make_signature(X, "id")
    candidates = make_candidates(signature, 0, events=int(y.sum()), boosted_iterations=20)
    return X, y, {name: clone(candidate).fit(X, y) for name, candidate in candidates.items()}


def test_the_candidates_come_simplest_first():
    X, _ = table(50)
    assert list(make_candidates(make_signature(X, "id"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_candidate_turns_raw_rows_into_finite_probabilities(fitted, name):
    X, _, models = fitted
    p = models[name].predict_proba(X)
    assert p.shape == (len(X), 2)
    assert ((p >= 0) & (p <= 1)).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)


@pytest.mark.parametrize("name", ["linear", "boosted"])
def test_a_candidate_beats_chance_on_rows_it_has_not_seen(fitted, name):
    new_X, new_y = table(seed=1)
    assert roc_auc_score(new_y, fitted[2][name].predict_proba(new_X)[:, 1]) > 0.75


@pytest.mark.parametrize("name", NAMES)
def test_levels_never_seen_and_newly_missing_numbers_are_tolerated(fitted, name):
    X, _, models = fitted
    strange = X.head(5).assign(plan="never seen", town="nowhere", spend=[np.nan, 1e12, -1e12, 0, 1], mostly_zero=np.nan)
    assert np.isfinite(models[name].predict_proba(strange)).all()


@pytest.mark.parametrize("name", NAMES)
def test_other_columns_and_their_order_do_not_matter(fitted, name):
    X, _, models = fitted
    more = X[X.columns[::-1]].assign(snapshot_date="2026-01-01", note="x")
    np.testing.assert_array_equal(models[name].predict_proba(more), models[name].predict_proba(X))


@pytest.mark.parametrize("kept", [["spend", "mostly_zero"], ["plan", "town"], ["plan"]])
@pytest.mark.parametrize("name", ["linear", "boosted"])
def test_numbers_alone_and_categories_alone_are_enough(kept, name):
    X, y = table(200)
    X = X[["id", *kept]]
    model = make_candidates(make_signature(X, "id"), boosted_iterations=5)[name].fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("name", ["linear", "boosted"])
def test_the_same_seed_gives_the_same_model(name):
    X, y = table(300)
    first, second = (
        make_candidates(make_signature(X, "id"), 7, linear_rows=200, boosted_iterations=10)[name].fit(X, y)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_a_signature_without_columns_is_refused():
    with pytest.raises(DataError, match="at least one feature"):
        make_candidates(Signature("id", "", ()))


@pytest.mark.parametrize(("events", "leaves"), [(0, 4), (600, 4), (1_500, 6), (5_000, 12), (21_000, 24), (10**7, 31)])
def test_trees_grow_with_the_number_of_leavers_within_bounds(events, leaves):
    assert suggest_leaves(events) == leaves


def test_a_sample_bounds_the_rows_fitted_and_blocks_change_no_prediction():
    class Spy:
        def __init__(self): ...
        def get_params(self, deep=True):
            return {}

        def fit(self, X, y):
            self.rows, self.classes_ = len(X), np.array([0, 1])
            return self

        def predict_proba(self, X):
            return np.column_stack([1 - X["a"], X["a"]])

    X, y = pd.DataFrame({"a": np.linspace(0, 1, 100)}), np.arange(100) % 2
    model = FitOnSample(Spy(), rows=30, block=7).fit(X, y)
    assert model.estimator_.rows == 30
    np.testing.assert_array_equal(model.predict_proba(X)[:, 1], X["a"])
    np.testing.assert_array_equal(model.predict(X), X["a"] > 0.5)
