from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Money
from churn_mlops.features.signature import MISSING, Column, Signature
from churn_mlops.monitoring.drift import drift_table
from churn_mlops.monitoring.effect import EFFECTS, effect_table, restored

MONEY = Money(value_kept=200.0, offer_cost=20.0, success_rate=0.5)
NAN = np.nan


SIGNATURE = Signature(
    "id", "", (Column("use", "number"), Column("noise", "number"), Column("plan", "category", ("basic", "plus")))
)


@dataclass
class Logistic:
    """A model that reads `use` and `plan`, and not `noise`."""

    signature: Signature = SIGNATURE
    threshold: float = 0.2
    decides_by: str = "probability"

    def predict(self, X):
        return 1 / (1 + np.exp(2 + X["use"].fillna(0).to_numpy() - 2 * (X["plan"] == "basic").to_numpy()))


def people(rows, seed=0, shift=0.0, noise=0.0, basic=0.3):
    rng = np.random.default_rng(seed)
    plan = np.where(rng.random(rows) < basic, "basic", "plus")
    return pd.DataFrame({"use": rng.normal(shift, size=rows), "noise": rng.normal(noise, size=rows), "plan": plan})


def effects(now, **options):
    model, before = Logistic(), people(3000)
    table = drift_table(before, now, model.signature)
    return effect_table(before, now, table, model, MONEY, **options).set_index("column")


def test_a_column_that_moved_and_is_used_changes_scores_and_puts_profit_at_risk():
    told = effects(people(2000, 1, shift=1.5)).loc["use"]
    assert told["verdict"] == "moved"
    assert told["used"]
    assert told["score_shift"] < -0.02
    assert told["profit_at_risk"] > 0


def test_a_column_that_the_model_does_not_use_has_no_effect():
    told = effects(people(2000, 1, noise=3.0)).loc["noise"]
    assert told["verdict"] == "moved"
    assert not told["used"]
    assert (told["score_change"], told["profit_at_risk"]) == (0, 0)


def test_what_is_stable_is_not_looked_at_unless_it_is_asked_for():
    now = people(2000, 1)
    assert effects(now)[EFFECTS].isna().all(axis=None)
    asked = effects(now, columns=["use"]).loc["use"]
    assert asked["score_change"] < 0.02


def test_profit_is_that_of_all_rows_though_a_sample_is_scored():
    small, large = people(1000, 1, shift=1.5), pd.concat([people(1000, 1, shift=1.5)] * 4, ignore_index=True)
    few, many = (effects(now).loc["use", "profit_at_risk"] for now in (small, large))
    assert many == pytest.approx(4 * few, rel=0.35)


def test_the_table_can_be_made_again_from_itself():
    model, before, now = Logistic(), people(3000), people(2000, 1, shift=1.5)
    once = effect_table(before, now, drift_table(before, now, model.signature), model, MONEY)
    assert effect_table(before, now, once, model, MONEY).equals(once)


RESTORED = {
    "shifted": ([0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0], [0.0, 1.0, 2.0, 3.0]),
    "another order": ([0.0, 1.0, 2.0, 3.0], [13.0, 10.0, 12.0, 11.0], [3.0, 0.0, 2.0, 1.0]),
    "unchanged": ([1.0, 2.0], [1.0, 2.0], [1.0, 2.0]),
    "constant": ([5.0] * 4, [7.0] * 4, [5.0] * 4),
    "infinities": ([-np.inf, 0.0, np.inf], [1.0, 2.0, 3.0], [-np.inf, 0.0, np.inf]),
    "nothing there before": ([NAN, NAN], [1.0, 2.0], [NAN, NAN]),
}


@pytest.mark.parametrize("case", RESTORED)
def test_numbers_take_the_value_of_their_rank(case):
    before, now, expected = RESTORED[case]
    found = restored(pd.Series(before), pd.Series(now), "number", np.random.default_rng(0))
    assert found.tolist() == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("shares", [(0.0, 0.5), (0.5, 0.0), (0.2, 0.2), (0.0, 1.0)])
def test_as_many_are_missing_as_in_the_reference(shares):
    before, now = (pd.Series(np.where(np.arange(1000) < 1000 * share, NAN, np.arange(1000.0))) for share in shares)
    found = restored(before, now, "number", np.random.default_rng(0))
    assert found.isna().mean() == pytest.approx(shares[0], abs=0.01)


@pytest.mark.parametrize(
    "now", [["b"] * 4000, ["a", "b"] * 2000, ["gold"] * 4000, [None] * 4000, ["a"] * 1000 + ["b"] * 3000]
)
def test_levels_get_the_shares_of_the_reference_and_keep_what_there_is_enough_of(now):
    before, now = pd.Series(["a"] * 100 + ["b"] * 300), pd.Series(now, dtype=object)
    found = restored(before, now, "category", np.random.default_rng(0))
    assert found.value_counts(normalize=True)["a"] == pytest.approx(0.25, abs=0.03)
    assert set(found) <= {"a", "b"}
    kept = (found == now.fillna(MISSING)).mean()
    shares = now.fillna(MISSING).value_counts(normalize=True)
    most = min(shares.get("a", 0), 0.25) + min(shares.get("b", 0), 0.75)
    assert kept >= most - 0.03
