import json

import numpy as np
import pytest

from churn_mlops.config import Money
from churn_mlops.models import Stakes, compare, earnings, evaluate, save_evaluation, sensitivity_table
from churn_mlops.models.evaluation import Measured
from churn_mlops.models.saving import CURVE

RNG = np.random.default_rng(0)
P = RNG.beta(1, 4, 400)
Y = (RNG.random(400) < P).astype(int)


def saved(folder, money, threshold, duel=None):
    measured = Measured({"model": evaluate(Y, P, money, threshold, replicates=20)}, {"contact nobody": 0.0})
    found = earnings(Y, P, money, threshold, replicates=20)
    save_evaluation(folder, measured, duel, found, sensitivity_table(P, money, threshold, found), money)
    names = ("evaluation", "comparison", "money")
    return measured, [json.loads((folder / f"{name}.json").read_text(), parse_constant=pytest.fail) for name in names]


@pytest.mark.parametrize(
    ("money", "threshold", "decides_by"),
    [
        (Money(100, 10, 0.5, "GBP"), 0.2, "probability"),
        (Stakes(np.append(np.nan, np.full(399, 100.0)), 10, 0.5, "GBP"), 0.0, "expected profit"),
        (Money(10, 9, 0.5, "GBP"), 1.8, "probability"),  # nobody, so no factor pays
    ],
)
def test_all_that_was_measured_is_kept_and_every_number_is_finite_or_null(tmp_path, money, threshold, decides_by):
    measured, (evaluation, comparison, told) = saved(tmp_path, money, threshold)
    assert evaluation == measured.model
    assert comparison is None
    assert (told["currency"], told["decides_by"]) == ("GBP", decides_by)
    assert told["profit"]["value"] == measured.model["profit"]
    assert told["naive_profits"] == measured.naive_profits
    assert {row["decision"] for row in told["gains"]} >= {"contact nobody", "contact everybody", "as many at random"}
    assert [row["assumption"] for row in told["sensitivity"]] == ["value_kept", "offer_cost", "success_rate"]
    assert 2 <= len(told["curve"]) <= CURVE
    assert told["curve"][0] | {"threshold": None, "profit": 0} == told["curve"][0]


def test_a_duel_is_kept_with_its_verdict(tmp_path):
    duel = compare(Y, P, P[::-1], Money(100, 10, 0.5), 0.2, 0.2, replicates=5)
    _, (_, comparison, _) = saved(tmp_path, Money(100, 10, 0.5), 0.2, duel)
    assert (comparison["verdict"], comparison["reason"]) == (duel.verdict, duel.reason)
    assert {"roc_auc_difference", "roc_auc_difference_low", "profit_difference_high"} <= set(comparison["metrics"])
