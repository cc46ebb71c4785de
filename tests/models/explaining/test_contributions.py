import copy
import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as some
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from churn_mlops.errors import DataError
from churn_mlops.features.signature import conform, make_signature
from churn_mlops.models.calibration import CalibratedModel, log_odds
from churn_mlops.models.empty import FillEmpty
from churn_mlops.models.explaining import contributions
from churn_mlops.models.explaining.forest import of_text, of_trees
from churn_mlops.models.explaining.paths import find_paths
from churn_mlops.models.explaining.shapley import shapley_values
from churn_mlops.models.families import Blend, LightGBMModel, make_families

NUMBERS = ["spend", "empty", "visits"]


def table(rows=400, seed=0):
    rng = np.random.default_rng(seed)
    spend, plan = rng.normal(3, 1.5, rows), rng.choice(["basic", "plus", "pro"], rows)
    risk = 1.2 * (spend - 3) + (plan == "basic") * 1.5 - 1
    frame = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(rows)],
            "spend": np.where(rng.random(rows) < 0.2, np.nan, spend),
            "plan": pd.Series(plan, dtype="str").mask(rng.random(rows) < 0.1),
            "empty": np.nan,
            "visits": rng.poisson(2, rows).astype(float),
            "town": pd.Series(rng.choice([f"town {i}" for i in range(40)], rows), dtype="str"),
        }
    )
    return frame, (rng.random(rows) < 1 / (1 + np.exp(-risk))).astype("int8")


def numeric(estimator, names=NUMBERS):
    """A model of the numbers alone."""
    return make_pipeline(ColumnTransformer([("number", FillEmpty(), names)]), estimator)


def light(**settings):
    """A model of the numbers alone, by LightGBM."""
    return numeric(LightGBMModel(**{"iterations": 12, "leaves": 7, "leaf_rows": 5} | settings))


def families(X) -> dict:
    """Unfitted models of all kinds, small."""
    made = make_families(make_signature(X, "id"), 0, rows=len(X), events=len(X) // 3)
    few = {"iterations": 12, "leaf_rows": 5}
    return {name: family.make(few if "iterations" in family.start[0] else {}) for name, family in made.items()} | {
        "large leaves": light(leaves=60, leaf_rows=1, forest=True, row_share=0.7),
        "forest": numeric(RandomForestClassifier(8, min_samples_leaf=5, random_state=0)),
        "extra trees": numeric(ExtraTreesClassifier(8, min_samples_leaf=5, random_state=0)),
        "deep forest": numeric(RandomForestClassifier(5, random_state=0)),
        "scaled after": make_pipeline(
            ColumnTransformer([("number", FillEmpty(), NUMBERS)]),
            StandardScaler(),
            HistGradientBoostingClassifier(max_iter=3),
        ),
    }


@pytest.fixture(scope="module")
def fitted():
    X, y = table()
    signature = make_signature(X, "id")
    return conform(X, signature), {name: model.fit(conform(X, signature), y) for name, model in families(X).items()}


def odds(model, X):
    return log_odds(model.predict_proba(X)[:, 1])


NAMES = list(families(table(30)[0]))


@pytest.mark.parametrize("name", NAMES)
def test_base_and_contributions_add_up_to_the_log_odds_of_every_row(fitted, name):
    X, models = fitted
    found = contributions(models[name], X)
    np.testing.assert_allclose(found.log_odds, odds(models[name], X), atol=1e-6)
    assert set(found.values) <= set(X)
    assert found.values.index.equals(X.index)


@pytest.mark.parametrize("name", NAMES)
def test_few_rows_get_what_they_get_among_many(fitted, name):
    X, models = fitted
    many, few = contributions(models[name], X), contributions(models[name], X.tail(3))
    assert few.base == many.base
    pd.testing.assert_frame_equal(few.values, many.values.tail(3), atol=1e-9)


@pytest.mark.parametrize("name", ["linear", "boosted"])
def test_levels_never_seen_and_newly_missing_numbers_are_explained_too(fitted, name):
    X, models = fitted
    strange = X.head(5).assign(plan="never seen", town="nowhere", spend=[np.nan, 1e12, -1e12, 0, 1], visits=np.nan)
    np.testing.assert_allclose(contributions(models[name], strange).log_odds, odds(models[name], strange), atol=1e-6)


def mean_outcome(tree, row, known, node=0) -> float:
    """What a tree says when only the features of `known` are: by the definition of the game, one node at a time."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        return tree.value[node, 0, 1]
    if tree.feature[node] in known:
        return mean_outcome(tree, row, known, left if row[tree.feature[node]] <= tree.threshold[node] else right)
    a, b = tree.weighted_n_node_samples[left], tree.weighted_n_node_samples[right]
    return (a * mean_outcome(tree, row, known, left) + b * mean_outcome(tree, row, known, right)) / (a + b)


def by_definition(tree, row, features: int) -> list[float]:
    """Shapley values as the mean over all orders in which the features may become known."""
    orders = list(itertools.permutations(range(features)))
    total = np.zeros(features)
    for order in orders:
        for place, feature in enumerate(order):
            before = set(order[:place])
            total[feature] += mean_outcome(tree, row, before | {feature}) - mean_outcome(tree, row, before)
    return total / len(orders)


def test_the_values_of_a_tree_are_those_of_the_definition():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4)).astype(np.float32).astype(float)
    y = (X[:, 0] * X[:, 1] + X[:, 2] + rng.normal(size=300) > 0).astype(int)
    tree = RandomForestClassifier(1, max_depth=4, random_state=0).fit(X, y)
    paths = find_paths(of_trees(tree))
    expected = [by_definition(tree.estimators_[0].tree_, row, 4) for row in X[:20]]
    np.testing.assert_allclose(shapley_values(paths, X[:20]), expected, atol=1e-12)
    np.testing.assert_allclose(shapley_values(paths, X)[:20], expected, atol=1e-12)


@pytest.mark.parametrize("rows", [20, 400])
@pytest.mark.parametrize("name", ["lightgbm", "trees", "large leaves"])
def test_the_values_of_lightgbm_are_those_of_its_own_treeshap(fitted, name, rows):
    X, models = fitted
    model, Z = models[name][-1], models[name][0].transform(X)[:rows]
    own = model.contributions(Z)
    forest = of_text(model.text_)
    np.testing.assert_allclose(shapley_values(find_paths(forest), Z), own[:, :-1], atol=1e-12)
    assert forest.base == pytest.approx(own[0, -1], abs=1e-12)


def test_paths_of_many_features_have_no_table_of_all_that_could_pass():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(700, 12))
    y = (X.sum(axis=1) + rng.normal(size=700) > 0).astype(int)
    model = LightGBMModel(iterations=5, leaves=60, leaf_rows=2, column_share=1.0).fit(X, y)
    paths = find_paths(of_text(model.text_))
    assert paths[0].used.max() > np.log2(250)
    np.testing.assert_allclose(shapley_values(paths, X[:250]), model.contributions(X[:250])[:, :-1], atol=1e-12)


@pytest.mark.parametrize("scant", [0, 30, 600])
def test_large_trees_in_pieces_add_up_too_and_tell_the_column_that_decides(monkeypatch, fitted, scant):
    X, models = fitted
    model = models["large leaves"]
    whole = contributions(model, X).values
    monkeypatch.setattr("churn_mlops.models.explaining.paths.WHOLE", 2)
    monkeypatch.setattr("churn_mlops.models.explaining.paths.LEVELS", 2)
    monkeypatch.setattr("churn_mlops.models.explaining.shapley.SCANT", scant)
    cut, few = (contributions(copy.deepcopy(model), rows) for rows in (X, X.head(9)))  # of a copy nothing is known yet
    np.testing.assert_allclose(cut.log_odds, odds(model, X), atol=1e-9)
    np.testing.assert_allclose(few.values, cut.values.head(9), atol=1e-9)
    assert not np.allclose(cut.values, whole)
    assert np.corrcoef(cut.values["spend"], whole["spend"])[0, 1] > 0.98


@pytest.mark.parametrize("name", ["linear", "boosted", "lightgbm"])
def test_a_column_that_the_model_cannot_see_adds_nothing(name):
    X, y = table(300)
    X, never = conform(X, make_signature(X, "id")), ["empty"]
    found = contributions(families(table(300)[0])[name].fit(X, y), X).values
    assert (found[never] == 0).all(axis=None)
    assert (found["spend"].abs() > 0.01).any()


def test_in_a_linear_model_a_column_moves_its_own_contribution_alone(fitted):
    X, models = fitted
    before = contributions(models["linear"], X).values
    for name in X:
        other = X.assign(**{name: X[name].sample(frac=1, random_state=0).to_numpy()})
        moved = (contributions(models["linear"], other).values - before).abs().max()
        assert set(moved.index[moved > 1e-9]) <= {name}


def test_the_contributions_of_a_linear_model_are_measured_from_the_average_customer(fitted):
    X, models = fitted
    found = contributions(models["linear"], X)
    np.testing.assert_allclose(found.values.mean(), 0, atol=0.01)
    assert found.base == pytest.approx(odds(models["linear"], X).mean(), abs=0.01)


@pytest.fixture(scope="module")
def blended(fitted):
    _, models = fitted
    members = [(name, models[name]) for name in ("linear", "boosted", "deep forest", "lightgbm")]
    blend = Blend(members, [0.1, 0.2, 0.3, 0.4])
    blend.estimators_, blend.classes_ = [member for _, member in members], np.array([0, 1])
    return blend


@pytest.mark.parametrize(("slope", "intercept", "shift"), [(1, 0, 0), (0.8, -0.5, 0), (1.3, 0.2, -2.5), (0, 1, 0)])
def test_calibration_prior_and_blend_keep_the_sums(fitted, blended, slope, intercept, shift):
    X, _ = fitted
    model = CalibratedModel(None, slope, intercept, shift)
    model.estimator_, model.classes_ = blended, np.array([0, 1])
    found = contributions(model, X)
    np.testing.assert_allclose(found.log_odds, odds(model, X), atol=1e-6)
    assert list(found.values) == list(X)


@pytest.mark.slow
@given(seed=some.integers(0, 10**6), rows=some.integers(40, 300), columns=some.integers(1, 6), kind=some.integers(0, 4))
@trying(max_examples=12)
def test_they_add_up_whatever_the_table(seed, rows, columns, kind):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(np.round(rng.normal(size=(rows, columns)) * 10.0 ** rng.integers(-3, 6), rng.integers(0, 4)))
    X = X.mask(rng.random(X.shape) < rng.random() * 0.6).add_prefix("n")
    X["text"] = pd.Series(rng.choice(list("abcdefgh")[: rng.integers(1, 8)], rows), dtype="str")
    y = np.append([0, 1], rng.random(rows - 2) < 0.3).astype("int8")
    signature = make_signature(X.assign(id=range(rows)), "id")
    model = CalibratedModel(some_model(kind, signature, list(X)[:-1]), 0.9, -0.1).fit(conform(X, signature), y)
    strange = conform(X.sample(frac=1, random_state=1).assign(text="new"), signature)
    for given_rows in (conform(X, signature), strange, strange.head(1), strange.head(0)):
        expected = odds(model, given_rows) if len(given_rows) else np.zeros(0)
        np.testing.assert_allclose(contributions(model, given_rows).log_odds, expected, atol=1e-6)


def some_model(kind: int, signature, numbers):
    made = make_families(signature, 0, rows=100, events=30)
    few = {"iterations": 5, "leaf_rows": 2}
    return [
        made["linear"].make({}),
        made["boosted"].make(few),
        made["naive"].make({}),
        made["trees"].make(few),
        numeric(ExtraTreesClassifier(3, random_state=0), numbers),
    ][kind]


def test_a_model_fitted_again_is_explained_anew(fitted):
    X, models = fitted
    model = clone(models["extra trees"]).fit(X, table()[1])
    contributions(model, X)
    model.fit(X, 1 - table()[1])
    np.testing.assert_allclose(contributions(model, X).log_odds, odds(model, X), atol=1e-6)


def test_a_plain_guess_has_no_reasons(fitted):
    X, models = fitted
    found = contributions(models["naive"], X)
    assert (found.values == 0).all(axis=None)


class Twice(FillEmpty):
    """Three outputs of two columns."""

    def transform(self, X):
        return np.c_[super().transform(X), np.zeros(len(X))]


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            make_pipeline(ColumnTransformer([("n", FillEmpty(), ["visits"])]), KNeighborsClassifier(3)),
            "KNeighborsClassifier cannot be explained.*Cure",
        ),
        (SimpleNamespace(), "SimpleNamespace cannot be explained.*Cure"),
        (numeric(HistGradientBoostingClassifier(categorical_features=[2])), "splits on categories.*Cure"),
        (
            make_pipeline(ColumnTransformer([("n", Twice(), ["spend", "visits"])]), HistGradientBoostingClassifier()),
            "Twice makes 3 outputs of 2 columns.*Cure",
        ),
    ],
    ids=["neighbours", "nothing", "categories", "outputs"],
)
def test_what_cannot_be_explained_is_told(model, told):
    X, y = table(200)
    y = (X["visits"] % 2 > 0).astype(int)
    with pytest.raises(DataError, match=told):
        contributions(model.fit(X, y) if hasattr(model, "fit") else model, X)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"objective": "regression"}, "no sum of log-odds.*Cure"),
        ({"zero_as_missing": True}, "takes zeros for missing.*Cure"),
        ({"categorical_feature": [1]}, "splits on categories.*Cure"),
    ],
    ids=["regression", "zeros", "categories"],
)
def test_a_lightgbm_model_of_another_kind_is_told(how, told):
    import lightgbm

    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=200), rng.integers(0, 5, 200)]
    how = {
        "objective": "binary",
        "verbosity": -1,
        "num_threads": 1,
        "min_data_in_leaf": 5,
        "min_data_per_group": 5,
    } | how
    booster = lightgbm.train(how, lightgbm.Dataset(X, (X[:, 1] % 2).astype(int), params=how), 3)
    with pytest.raises(DataError, match=told):
        of_text(booster.model_to_string())
