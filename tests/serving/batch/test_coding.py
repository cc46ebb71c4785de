import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OrdinalEncoder
from tests.serving.fast.test_compiled import make_table

from churn_mlops import models
from churn_mlops.features.signature import conform, make_signature
from churn_mlops.models.families import Blend
from churn_mlops.models.families.columns import codes
from churn_mlops.serving.batch.coding import ArrowEncoder, with_arrow

TEXTS = st.lists(st.text(max_size=3), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def learned():
    """(families, rows, outcomes) of a table with texts of few and of many levels."""
    table = make_table()
    signature = make_signature(table, "id")
    X = conform(table, signature)
    y = (np.random.default_rng(2).random(len(X)) < 0.2 + 0.4 * (X["plan"] == "basic")).astype(int).to_numpy()
    return models.make_families(signature, 0, rows=len(X), events=int(y.sum())), X, y


def strange(X):
    """The same rows, of which some have texts never seen."""
    return X.assign(plan=X["plan"].where(X.index % 3 > 0, "never"), street=X["street"].where(X.index % 4 > 0, ""))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["naive", "linear", "boosted", "lightgbm"])
def test_a_model_says_the_same_to_the_bit_with_its_texts_looked_up_by_arrow(learned, family):
    families, X, y = learned
    model = families[family].default().fit(X, y)
    quick = with_arrow(model)
    for rows in (X, strange(X), X.head(1)):
        assert (quick.predict_proba(rows) == model.predict_proba(rows)).all()
    assert "ArrowEncoder" not in repr(model)


def test_members_of_a_blend_and_what_is_calibrated_are_reached(learned):
    families, X, y = learned
    blend = Blend([(name, families[name].default()) for name in ("linear", "boosted")])
    out_of_fold = np.random.default_rng(0).random(len(y))
    model = models.fit_calibrated(blend, X, y, out_of_fold)
    quick = with_arrow(model)
    assert (quick.predict_proba(strange(X)) == model.predict_proba(strange(X))).all()
    found = [
        step for member in quick.estimator_.estimators_ for _, step, _ in _columns(member).transformers_ if _codes(step)
    ]
    assert len(found) == 4  # categories and shares of both


def _columns(member):
    return (member.estimator_ if hasattr(member, "estimator_") else member).steps[0][1]


def _codes(step) -> bool:
    return isinstance(getattr(step, "steps", [("", step)])[0][1], ArrowEncoder)


@given(TEXTS, TEXTS)
def test_any_text_has_the_code_that_scikit_learn_gives_it(seen, asked):
    encoder = codes("auto").fit(pd.DataFrame({"a": pd.Series(seen, dtype="str")}))
    rows = pd.DataFrame({"a": pd.Series(asked, dtype="str")})
    assert (with_arrow(encoder).transform(rows) == encoder.transform(rows)).all()


def test_an_encoder_of_other_things_stays_as_it_is():
    numbers = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(pd.DataFrame({"a": [1, 2]}))
    strict = OrdinalEncoder().fit(pd.DataFrame({"a": ["x", "y"]}))
    assert with_arrow(numbers) is numbers
    assert with_arrow(strict) is strict
