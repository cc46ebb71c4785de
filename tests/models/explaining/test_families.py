"""Every family as it is made is explained to the last digit, with all that it may do to its columns."""

import numpy as np
import pandas as pd
import pytest

from churn_mlops.features.signature import conform, make_signature
from churn_mlops.models import CalibratedModel, contributions, make_families
from churn_mlops.models.calibration import log_odds

ROWS = 600


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(ROWS, 4)), columns=list("abcd"))
    X["plan"], X["town"] = rng.choice(["basic", "plus"], ROWS), rng.integers(0, 80, ROWS).astype(str)
    X.loc[::5, "a"] = np.nan
    y = (X["b"] * X["c"] + (X["plan"] == "plus") + rng.normal(size=ROWS) > 0.5).to_numpy().astype(int)
    signature = make_signature(X, "")
    return conform(X, signature), y, make_families(signature, rows=ROWS, events=int(y.sum()))


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", ["linear", "trees", "boosted", "lightgbm"])
def test_base_and_contributions_are_the_log_odds_of_every_family_at_each_start(table, name, start):
    X, y, families = table
    settings = families[name].start[start]
    model = CalibratedModel(
        families[name].make(settings | ({"iterations": 20} if "iterations" in settings else {})), 0.9, 0.1
    )
    found, told = contributions(model.fit(X, y), X), log_odds(model.predict_proba(X)[:, 1])
    assert list(found.values) == list(X)
    np.testing.assert_allclose(found.log_odds, told, atol=1e-6)
