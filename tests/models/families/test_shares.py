import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from churn_mlops.models.families.shares import LevelShares


def levels(rows=2_000, seed=0):
    rng = np.random.default_rng(seed)
    risk, code = np.array([0.05, 0.2, 0.5, 0.8]), rng.integers(0, 4, rows)
    return code[:, None], (rng.random(rows) < risk[code]).astype(int)


def test_each_level_gets_the_log_odds_of_its_share():
    codes, y = levels()
    found = expit(LevelShares().fit(codes, y).transform([[0], [1], [2], [3]])[:, 0])
    np.testing.assert_allclose(found, [y[codes[:, 0] == k].mean() for k in range(4)], atol=0.02)


@pytest.mark.parametrize("code", [-1, 4, 10_000])
def test_a_level_never_seen_gets_the_mean(code):
    codes, y = levels()
    assert LevelShares().fit(codes, y).transform([[code]])[0, 0] == pytest.approx(logit(y.mean()), abs=0.01)


def test_levels_that_differ_by_chance_alone_are_drawn_to_the_mean():
    rng = np.random.default_rng(1)
    codes, y = rng.integers(0, 500, (2_000, 1)), rng.random(2_000) < 0.3
    assert LevelShares().fit(codes, y).transform(codes).std() < 0.35  # undrawn, levels of four rows: about 1


def test_a_row_is_not_told_its_own_outcome():
    y = np.arange(400) % 2
    own = LevelShares().fit_transform(np.arange(400)[:, None], y)[:, 0]
    assert abs(np.corrcoef(own, y)[0, 1]) < 0.2


def test_a_row_is_not_told_what_became_of_its_customer_in_other_months():
    rng = np.random.default_rng(2)
    customer = np.repeat(np.arange(300), 6)  # each in a town of its own, six months long, and nothing to learn of it
    town, y = pd.DataFrame({"town": customer}, index=customer), (rng.random(300) < 0.3).astype(int)[customer]
    told = LevelShares().fit_transform(town.reset_index(drop=True), y)[:, 0]
    assert np.corrcoef(told, y)[0, 1] > 0.9  # rows dealt out one by one: his other months tell
    assert abs(np.corrcoef(LevelShares().fit_transform(town, y)[:, 0], y)[0, 1]) < 0.25
    assert len(np.unique(LevelShares().fit_transform(town, y).reshape(300, 6).std(axis=1).round(12))) == 1


def test_rows_without_a_customer_of_several_are_dealt_out_as_ever():
    codes, y = levels()
    for index in (None, np.arange(7, 2_007), [f"C{k}" for k in range(2_000)]):
        found = LevelShares().fit_transform(pd.DataFrame(codes, index=index), y)
        np.testing.assert_array_equal(found, LevelShares().fit_transform(codes, y))


def test_training_rows_get_nearly_what_new_rows_of_their_level_get():
    codes, y = levels()
    model = LevelShares()
    np.testing.assert_allclose(model.fit_transform(codes, y), model.transform(codes), atol=0.3)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_few_rows_and_no_columns_are_enough(rows):
    y = np.arange(rows) % 2
    assert np.isfinite(LevelShares().fit_transform(np.zeros((rows, 1)), y)).all()
    assert LevelShares().fit_transform(np.zeros((rows, 0)), y).shape == (rows, 0)
