import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from tests.models.families.tables import prepared, table, wide

from churn_mlops.errors import DataError
from churn_mlops.features.signature import Signature, conform
from churn_mlops.models.families import Blend, make_families, suggest_leaves

NAMES = ["naive", "linear", "trees", "boosted", "lightgbm"]
LEARNERS = NAMES[1:]
QUICK = {"iterations": 20}


def quick(family):
    return family.make(QUICK if family.name in ("trees", "boosted", "lightgbm") else {})


def families(frame, y, seed=0):
    signature, X = prepared(frame)
    return X, make_families(signature, seed, rows=len(y), events=int(np.sum(y)))


@pytest.fixture(scope="module")
def fitted():
    frame, y = table()
    X, made = families(frame, y)
    models = {name: family.default().fit(X, y) for name, family in made.items()}
    return X, y, models | {"blend": Blend([(n, quick(made[n])) for n in LEARNERS], [1, 2, 3, 4]).fit(X, y)}


def test_the_families_come_simplest_first():
    frame, y = table(50)
    assert list(families(frame, y)[1]) == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, "blend"])
def test_a_model_turns_raw_rows_into_finite_probabilities(fitted, name):
    X, _, models = fitted
    p = models[name].predict_proba(X)
    assert p.shape == (len(X), 2)
    assert ((p >= 0) & (p <= 1)).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(models[name].predict(X), p[:, 1] > 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LEARNERS, "blend"])
def test_a_model_beats_chance_on_rows_it_has_not_seen(fitted, name):
    frame, y = table(seed=1)
    assert roc_auc_score(y, fitted[2][name].predict_proba(frame)[:, 1]) > 0.75


@pytest.mark.parametrize("name", [*NAMES, "blend"])
def test_levels_never_seen_and_newly_missing_numbers_are_tolerated(fitted, name):
    X, _, models = fitted
    strange = X.head(5).assign(plan="never seen", town="nowhere", spend=[np.nan, 1e12, -1e12, 0, 1], mostly_zero=np.nan)
    assert np.isfinite(models[name].predict_proba(strange)).all()


@pytest.mark.parametrize("name", [*NAMES, "blend"])
def test_a_row_alone_gets_what_it_gets_among_others(fitted, name):
    X, _, models = fitted
    alone = np.concatenate([models[name].predict_proba(X.iloc[[row]]) for row in range(5)])
    np.testing.assert_allclose(alone, models[name].predict_proba(X)[:5], rtol=1e-12)


@pytest.mark.parametrize("name", [*NAMES, "blend"])
def test_other_columns_and_their_order_do_not_matter(fitted, name):
    X, _, models = fitted
    more = X[X.columns[::-1]].assign(snapshot_date="2026-01-01", note="x")
    np.testing.assert_array_equal(models[name].predict_proba(more), models[name].predict_proba(X))


@pytest.mark.parametrize("kept", [["spend", "mostly_zero"], ["plan", "town"], ["plan"], ["town"]])
@pytest.mark.parametrize("name", LEARNERS)
def test_one_kind_of_column_alone_is_enough(kept, name):
    frame, y = table(200)
    X, made = families(frame[["id", *kept]], y)
    assert np.isfinite(quick(made[name]).fit(X, y).predict_proba(X)).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_seed_gives_the_same_model(name):
    frame, y = table(300)
    X, made = families(frame, y, 7)
    first, second = (quick(made[name]).fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.slow
@pytest.mark.parametrize("name", LEARNERS)
def test_a_wide_table_with_few_leavers_and_two_thirds_missing_is_learned_from(name):
    frame, y = wide(1_500)
    X, made = families(frame, y)
    new_frame, new_y = wide(1_500, seed=1)
    assert roc_auc_score(new_y, quick(made[name]).fit(X, y).predict_proba(new_frame)[:, 1]) > 0.7


@pytest.mark.parametrize("name", LEARNERS)
def test_a_text_of_many_levels_tells_what_its_levels_tell(name):
    rng = np.random.default_rng(3)
    risk, town = rng.uniform(0, 1, 300), rng.integers(0, 300, 6_000)
    frame = pd.DataFrame({"id": range(6_000), "town": [f"town {n}" for n in town]})
    y = (rng.random(6_000) < risk[town]).astype(int)
    X, made = families(frame, y)
    model = quick(made[name]).fit(X.head(4_000), y[:4_000])
    assert roc_auc_score(y[4_000:], model.predict_proba(X.tail(2_000))[:, 1]) > 0.75


@pytest.mark.parametrize("name", LEARNERS)
def test_a_text_that_names_every_row_does_not_drown_what_matters(name):
    frame, y = table(900)
    X, made = families(frame.assign(number=[f"n{n}" for n in range(900)]), y)
    model = quick(made[name]).fit(X.head(600), y[:600])
    assert roc_auc_score(y[600:], model.predict_proba(X.tail(300))[:, 1]) > 0.7


NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, 1e-300, float("nan"), 12.5])
TEXTS = st.sampled_from(["", "a", "Ä", "日本", "🙂", "(missing)", "a" * 50, "None", " a"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:n_quantiles")  # fewer rows than quantiles
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), rows=st.integers(4, 30))
def test_any_table_with_leavers_gives_finite_probabilities(data, rows):
    number = data.draw(st.lists(NUMBERS, min_size=rows, max_size=rows))
    text = data.draw(st.lists(TEXTS, min_size=rows, max_size=rows))
    frame = pd.DataFrame({"id": range(rows), "number": number, "text": pd.Series(text, dtype="str"), "empty": np.nan})
    y = np.arange(rows) % 2
    X, made = families(frame, y)
    for name in LEARNERS:
        model = quick(made[name]).fit(X, y)
        assert np.isfinite(model.predict_proba(X.iloc[[0]])).all(), name
        assert np.isfinite(model.predict_proba(X.assign(number=1e308, text="new"))).all(), name


@pytest.mark.parametrize("name", LEARNERS)
def test_every_start_and_every_corner_of_the_space_can_be_fitted(name):
    frame, y = table(120)
    X, made = families(frame, y)
    family = made[name]
    low = {s.name: s.choices[0] if s.choices else (int(s.low) if s.whole else s.low) for s in family.space}
    high = {s.name: s.choices[-1] if s.choices else (int(s.high) if s.whole else s.high) for s in family.space}
    for chosen in (*family.start, low, high):
        few = {"iterations": 5} if name != "linear" else {}
        assert np.isfinite(family.make(chosen | few).fit(X, y).predict_proba(X)).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_the_starts_lie_in_the_space_and_name_nothing_else(name):
    frame, y = table(120)
    family = families(frame, y)[1][name]
    dimensions = {setting.name: setting for setting in family.space}
    for start in family.start:
        assert set(dimensions) <= set(start)
        for setting in family.space:
            value = start[setting.name]
            assert value in setting.choices if setting.choices else setting.low <= value <= setting.high


@pytest.mark.parametrize("name", NAMES)
def test_a_model_can_be_cloned_and_says_what_it_was_made_with(name):
    frame, y = table(60)
    model = families(frame, y)[1][name].default()
    assert str(clone(model).get_params()) == str(model.get_params())


def test_a_signature_without_columns_is_refused():
    with pytest.raises(DataError, match="at least one feature"):
        make_families(Signature("id", "", ()), rows=10, events=5)


@pytest.mark.parametrize(("events", "leaves"), [(0, 4), (600, 4), (1_500, 6), (5_000, 12), (21_000, 24), (10**7, 31)])
def test_trees_grow_with_the_number_of_leavers_within_bounds(events, leaves):
    assert suggest_leaves(events) == leaves


def test_conformed_rows_are_what_the_models_were_fitted_on(fitted):
    frame, _ = table()
    signature, X = prepared(frame)
    pd.testing.assert_frame_equal(conform(X, signature), X)
