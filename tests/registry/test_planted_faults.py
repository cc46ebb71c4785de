"""Each planted fault stops the promotion, with the message of its own gate and of no other."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Dataset
from churn_mlops.features.leaks import leak_table
from churn_mlops.features.signature import make_signature
from churn_mlops.models import group_table, importance_table, make_families, slice_table, widest_gap
from churn_mlops.monitoring.quality import check_months
from churn_mlops.registry import judgement
from churn_mlops.registry.decision import decide_promotion

ROWS = 6_000
STEADY = {"seeds": [0, 1], "roc_auc": [0.8, 0.81], "sd": 0.005, "share_of_decisions_changed": 0.02}
SOUND = check_months(None)
FAST = {"p50_ms": 9.0, "p95_ms": 12.0, "rows_per_s": 50_000.0}
METRICS = {"roc_auc": 0.8, "roc_auc_low": 0.78, "profit": 900.0, "calibration_error": 0.01}
DATASET = Dataset("shop", "shop.csv", "id", "left")


@pytest.fixture(scope="module")
def shop():
    """Customers whose true risk is known, what a perfect model says of them, and a column that is filled afterwards."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "plan": pd.Series(rng.choice(["basic", "plus", "gold"], ROWS), dtype="str"),
            "use": rng.normal(size=ROWS),
            "age": rng.normal(40, 10, ROWS),
        }
    )
    p = 1 / (1 + np.exp(1 - 1.5 * X["use"] - 1.0 * (X["plan"] == "plus"))).to_numpy()
    y = (rng.random(ROWS) < p).astype(int)
    gender = pd.Series(rng.choice(["f", "m"], ROWS), name="gender")
    return SimpleNamespace(X=X, p=p, y=y, gender=gender, closed=y * 30.0 + rng.normal(0, 4.0, ROWS))


def judged(shop, p=None, X=None, contacted=None, metrics=None, allow=(), stability=STEADY, speed=FAST, size_mb=2.0):
    """The gates but for those of worth, from the tables that 045_judge makes."""
    p, X = shop.p if p is None else p, shop.X if X is None else X
    case = judgement.Case(METRICS | (metrics or {}), {"contact nobody": 0.0}, None, stability, size_mb)
    slices = slice_table(X, shop.y, p, columns=["plan", "age"])
    groups = group_table(shop.gender.to_frame(), shop.y, p > 0.4 if contacted is None else contacted)
    keyed = X.assign(id=np.arange(ROWS))
    leaks = leak_table(keyed, pd.DataFrame({"id": keyed["id"], "churned": shop.y}), DATASET)
    signature = make_signature(X, "id")
    family = make_families(signature, rows=ROWS, events=int(shop.y.sum()))["linear"]
    model = family.make({}).fit(X, shop.y)
    importance = importance_table(model, X, shop.y, signature, replicates=2)
    return [
        *judgement.judge_worth(case, 0.52, 0.05),
        *judgement.judge_looks(case, importance, leaks, allow, 0.95, 0.99),
        *judgement.judge_parts(slices, widest_gap(groups), 0.5, 0.2),
        *judgement.judge_months(SOUND),
        *judgement.judge_steadiness(case, 0.02, 0.15),
        *judgement.judge_service(case, speed, 1000.0, 500.0, 100.0),
    ]


def collapsed(shop):
    inside = (shop.X["plan"] == "gold").to_numpy()
    return {"p": np.where(inside, np.random.default_rng(1).permutation(shop.p), shop.p)}


def passed_over(shop):
    skipped = (shop.gender == "m").to_numpy() & (np.random.default_rng(1).random(ROWS) < 0.6)
    return {"contacted": (shop.p > 0.4) & ~skipped}


def leaking(shop):
    return {"X": shop.X.assign(closed_days=shop.closed), "p": np.where(shop.closed > 15, 0.99, 0.01)}


def leaking_with_leave(shop):
    return {**leaking(shop), "allow": ("closed_days",), "metrics": {"roc_auc": 0.9999}}


FAULTS = {
    "a collapsed slice": (collapsed, "collapses in no slice", "`plan` = gold"),
    "a group passed over": (passed_over, "treats groups alike", "`gender` = "),
    "a leak": (leaking, "knows no outcome", "`closed_days` alone reaches a ROC AUC of"),
    "an allowed leak": (leaking_with_leave, "is not suspiciously good", "`closed_days` does it: alone it reaches"),
    "another model with each seed": (
        lambda shop: {"stability": STEADY | {"sd": 0.08}},
        "ranks alike with other seeds",
        "standard deviation of 0.0800",
    ),
    "other decisions with each seed": (
        lambda shop: {"stability": STEADY | {"share_of_decisions_changed": 0.3}},
        "decides alike with other seeds",
        "30.0% of customers",
    ),
    "slow to answer": (lambda shop: {"speed": FAST | {"p95_ms": 3_000.0}}, "answers in time", "It took 3,000 ms."),
    "slow with many": (lambda shop: {"speed": FAST | {"rows_per_s": 12.0}}, "keeps pace", "It scored 12."),
    "a big file": (lambda shop: {"size_mb": 350.0}, "is small enough", "350.00 MB"),
}


def test_a_model_without_a_fault_is_promoted(shop):
    gates = judged(shop)
    here = [name for name, (stage, _) in judgement.SHOWN.items() if stage != "05_deploy"]
    assert [gate.name for gate in gates] == here
    assert decide_promotion(gates, "digest", None).promoted


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_stops_the_promotion_with_its_own_message(shop, fault):
    plant, name, told = FAULTS[fault]
    gates = judged(shop, **plant(shop))
    assert [gate.name for gate in gates if not gate.passed] == [name]
    decided = decide_promotion(gates, "digest", None)
    assert not decided.promoted
    assert f'"{name}"' in decided.reason
    assert told in decided.reason
