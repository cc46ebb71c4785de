import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from churn_mlops import models
from churn_mlops.features.signature import MISSING, conform, make_signature
from churn_mlops.models.explaining import contributions
from churn_mlops.models.families import Blend
from churn_mlops.models.predictor import Predictor
from churn_mlops.serving.fast import check_parity, compile_model
from churn_mlops.serving.fast import forest as fast_forest

SETTINGS = {
    "naive": {},
    "linear": {},
    "linear without knots": {"knots": 2},
    "trees": {"iterations": 8, "leaves": 40},
    "boosted": {"iterations": 12},
    "lightgbm": {"iterations": 12},
    "lightgbm with pairs": {"iterations": 12, "pairs": 3},
}


def make_table(rows: int = 900) -> pd.DataFrame:
    """Numbers with gaps, ties, one value and none at all; levels few and many; a date."""
    rng = np.random.default_rng(11)
    table = pd.DataFrame({"id": np.arange(rows), "spend": rng.normal(size=rows), "months": rng.integers(0, 6, rows)})
    table["spend"] = table["spend"].mask(rng.random(rows) < 0.2)
    table["flat"], table["void"] = 3.0, np.nan
    table["plan"] = rng.choice(["basic", "plus", None], rows)
    table["street"] = [f"street {n}" for n in rng.integers(0, 90, rows)]
    table["joined"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), "D")
    return table


@pytest.fixture(scope="module")
def data():
    table = make_table()
    signature = make_signature(table, "id")
    rng, X = np.random.default_rng(2), conform(table, signature)
    odds = X["spend"].fillna(0) - 0.4 * X["months"] + (X["plan"] == "basic")
    return signature, X, (rng.random(len(X)) < 1 / (1 + np.exp(-odds))).astype(int).to_numpy()


@pytest.fixture(scope="module")
def fitted(data):
    signature, X, y = data
    families = models.make_families(signature, 0, rows=len(X), events=int(y.sum()))
    made = {name: families[name.split()[0]].make(chosen) for name, chosen in SETTINGS.items()}
    guesses = np.clip(np.random.default_rng(3).normal(0.5, 0.1, len(y)) + 0.3 * (y - 0.5), 0.01, 0.99)
    found = {name: models.fit_calibrated(model, X, y, guesses, prior=0.2) for name, model in made.items()}
    members = [(name, made[name]) for name in ("linear", "boosted", "lightgbm with pairs")]
    blend = Blend(members, [0.5, 0.2, 0.3])
    return found | {"blend": models.fit_calibrated(blend, X, y, guesses)}


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SETTINGS, "blend"])
def test_every_family_compiles_and_says_the_same_to_the_last_digits_also_of_rows_never_seen(name, data, fitted):
    signature, X, _ = data
    predictor = Predictor(fitted[name], signature, name, "0" * 64, 0.5)
    compiled = compile_model(fitted[name], signature)
    assert check_parity(lambda row: sigmoid(compiled.score(row)), predictor, X.head(300)) < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SETTINGS, "blend"])
def test_the_reasons_are_those_of_the_model_and_add_up_to_the_score(name, data, fitted):
    signature, X, _ = data
    compiled, expected = compile_model(fitted[name], signature), contributions(fitted[name], X.head(40))
    expected_values = expected.values.reindex(columns=signature.names, fill_value=0.0).to_numpy()
    for row, values in zip(X.head(40).itertuples(index=False, name=None), expected_values, strict=True):
        base, told = compiled.explain(list(row))
        assert base == pytest.approx(expected.base, abs=1e-9)
        np.testing.assert_allclose(told, values, atol=1e-8)
        assert base + told.sum() == pytest.approx(compiled.score(list(row)), abs=1e-8)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    number=st.one_of(st.just(math.nan), st.floats(-1e12, 1e12), st.integers(-3, 9).map(float)),
    level=st.one_of(st.sampled_from(["basic", "plus", MISSING]), st.text(max_size=5)),
)
def test_any_value_of_any_column_has_the_models_own_score(data, fitted, number, level):
    signature, X, _ = data
    rows = X.head(3).assign(spend=number, months=number, joined=number, plan=level, street=level)
    for name in ("linear", "lightgbm with pairs"):
        compiled, expected = compile_once(name, fitted, signature), fitted[name].predict_proba(rows)[:, 1]
        found = [sigmoid(compiled.score(list(row))) for row in rows.itertuples(index=False, name=None)]
        np.testing.assert_allclose(found, expected, atol=1e-9)


_compiled: dict = {}


def compile_once(name, fitted, signature):
    if name not in _compiled:
        _compiled[name] = compile_model(fitted[name], signature)
    return _compiled[name]


def test_a_forest_too_large_for_a_table_of_bits_is_walked_to_the_same_leaves(data, fitted, monkeypatch):
    signature, X, _ = data
    quick = compile_model(fitted["trees"], signature)
    monkeypatch.setattr(fast_forest, "MOST_BYTES", 0)
    walked = compile_model(fitted["trees"], signature)
    for row in X.head(50).itertuples(index=False, name=None):
        assert walked.score(list(row)) == pytest.approx(quick.score(list(row)), abs=1e-12)


def test_a_model_of_parts_that_are_not_known_does_not_compile(data):
    with pytest.raises(ValueError, match="DecisionTreeClassifier is not known"):
        compile_model(DecisionTreeClassifier(), data[0])


def test_a_compiled_model_that_is_another_model_is_found_out(data, fitted):
    signature, X, _ = data
    predictor = Predictor(fitted["boosted"], signature, "boosted", "0" * 64, 0.5)
    compiled = compile_model(fitted["boosted"], signature)
    gap = check_parity(lambda row: sigmoid(compiled.score(row)) + 2e-6, predictor, X.head(20))
    assert gap == pytest.approx(2e-6, rel=1e-3)
    assert check_parity(lambda row: math.nan, predictor, X.head(20)) == math.inf
