import json

import numpy as np
import pytest
from tests.models.families.tables import prepared, table
from threadpoolctl import threadpool_limits

from churn_mlops.models import train
from churn_mlops.models.calibration import prior_shift
from churn_mlops.models.search import Budget


@pytest.fixture(scope="module")
def trained():
    frame, y = table(500)
    signature, X = prepared(frame)
    with threadpool_limits(limits=1):
        made = [train(X, y, None, None, signature, Budget(trials=4), 3, folds=2, prior=0.1) for _ in range(2)]
    return X, y, made


@pytest.mark.slow
def test_the_model_that_was_chosen_is_fitted_on_all_rows_and_says_what_the_prior_says(trained):
    X, y, (made, _) = trained
    assert made.choice.name in [*made.candidates, "blend"]
    assert next(iter(made.candidates)) == "naive"
    assert made.model.shift == prior_shift(0.1, y.mean())
    assert made.model.predict_proba(X).shape == (len(X), 2)


@pytest.mark.slow
def test_the_same_arguments_give_the_same_model(trained):
    X, _, (one, other) = trained
    np.testing.assert_array_equal(one.model.predict_proba(X), other.model.predict_proba(X))
    assert one.choice == other.choice


def test_every_trial_is_on_record_with_its_settings(trained):
    trials = trained[2][0].search.trials
    assert len(trials) == 4
    assert all(json.loads(settings) for settings in trials["settings"])


@pytest.mark.slow
def test_what_a_model_learns_in_parts_goes_by_the_customers_it_is_told_of(monkeypatch):
    from churn_mlops.models.families.shares import LevelShares

    seen, plain = [], LevelShares.fit_transform
    monkeypatch.setattr(
        LevelShares, "fit_transform", lambda self, X, y: seen.append(X.index.is_unique) or plain(self, X, y)
    )
    frame, y = table(400)
    frame = frame.assign(town=[f"town {k % 80}" for k in range(len(frame))])
    signature, X = prepared(frame)
    train(X, y, np.arange(len(X)) // 2, None, signature, Budget(trials=2), 3, folds=2)
    assert seen
    assert not any(seen)
