import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Money
from churn_mlops.models import Stakes
from churn_mlops.monitoring.estimate import (
    NOW,
    estimate_by_month,
    estimated_roc_auc,
    joined,
    trust,
    with_estimates,
)
from churn_mlops.monitoring.performance import performance_by_month

MONEY = Money(value_kept=200.0, offer_cost=20.0, success_rate=0.5)


def calibrated(rows, seed=0, strength=2.0):
    """Probabilities, and labels that follow them."""
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(1.5 - strength * rng.normal(size=rows)))
    return (rng.random(rows) < p).astype(int), p


def by_pairs(p):
    """The expected ROC AUC as the formula has it, pair by pair."""
    weights = np.outer(p, 1 - p)
    order = (p[:, None] > p[None, :]) + 0.5 * (p[:, None] == p[None, :])
    return (weights * order).sum() / (p.sum() * (1 - p).sum())


PROBABILITIES = {
    "drawn": calibrated(300)[1],
    "heavy ties": calibrated(300)[1].round(1),
    "all the same": np.full(20, 0.3),
    "two rows": np.array([0.2, 0.9]),
    "sure": np.array([0.0, 1.0, 0.5]),
}


@pytest.mark.parametrize("case", PROBABILITIES)
def test_the_estimate_is_the_formula_s_sum_over_all_pairs(case):
    assert estimated_roc_auc(PROBABILITIES[case]) == pytest.approx(by_pairs(PROBABILITIES[case]))


@pytest.mark.parametrize("p", [[0.0, 0.0], [1.0, 1.0]])
def test_where_nobody_or_everybody_is_sure_to_leave_there_is_none(p):
    assert np.isnan(estimated_roc_auc(np.array(p)))


def test_calibrated_probabilities_promise_what_comes_true():
    y, p = calibrated(60_000, seed=4)
    realised = performance_by_month(None, y, p, MONEY, 0.2).iloc[0]
    promised = estimate_by_month(None, p, MONEY, 0.2).iloc[0]
    assert promised["estimated_roc_auc"] == pytest.approx(realised["roc_auc"], abs=0.005)
    assert promised["estimated_rate"] == pytest.approx(realised["observed_rate"], abs=0.005)
    assert promised["estimated_profit"] == pytest.approx(realised["profit"], rel=0.02)
    assert promised["estimated_found"] == pytest.approx(realised["found"], rel=0.02)


def test_the_intervals_hold_what_comes_true_about_as_often_as_stated():
    held = []
    for seed in range(60):
        y, p = calibrated(500, seed)
        came, told = (
            performance_by_month(None, y, p, MONEY, 0.2).iloc[0],
            estimate_by_month(None, p, MONEY, 0.2).iloc[0],
        )
        held.append(
            [
                told[f"estimated_{name}_low"] <= came[name] <= told[f"estimated_{name}_high"]
                for name in ("roc_auc", "profit")
            ]
        )
    assert (np.mean(held, axis=0) > 0.87).all()


def test_it_sees_other_customers_and_not_another_reason_to_leave():
    _, p = calibrated(20_000)
    easier = calibrated(20_000, strength=4.0)[1]
    assert estimated_roc_auc(easier) > estimated_roc_auc(p) + 0.05
    y = np.random.default_rng(0).permutation(calibrated(20_000)[0])  # nothing to do with p any more
    came = performance_by_month(None, y, p, MONEY, 0.2).iloc[0]["roc_auc"]
    assert came < 0.55 < 0.7 < estimated_roc_auc(p)


def test_each_month_is_estimated_on_its_own_rows_and_stakes():
    _, p = calibrated(400)
    dates = pd.Series(np.repeat(pd.to_datetime(["2026-02-28", "2026-01-31"]), 200))
    money = Stakes(np.repeat([100.0, 400.0], 200), 20.0, 0.5)
    table = estimate_by_month(dates, p, money, 0.0)
    alone = estimate_by_month(None, p[200:], Stakes(np.full(200, 400.0), 20.0, 0.5), 0.0)
    assert list(table["month"]) == ["2026-01", "2026-02"]
    assert table.loc[0, "estimated_profit"] == pytest.approx(alone.loc[0, "estimated_profit"])


def test_what_came_true_stands_beside_what_was_promised_and_months_to_come_have_the_promise_only():
    y, p = calibrated(2_000)
    dates = pd.Series(np.repeat(pd.to_datetime(["2026-01-31", "2026-02-28"]), 1000))
    realised = performance_by_month(dates, y, p, MONEY, 0.2)
    promised = estimate_by_month(dates, p, MONEY, 0.2)
    coming = estimate_by_month(pd.Series(pd.to_datetime(["2026-03-31"] * 1000)), p[:1000], MONEY, 0.2)
    table = with_estimates(realised, joined(promised, coming))
    assert table["month"].tolist() == ["2026-01", "2026-02", "2026-03"]
    assert table["roc_auc"].isna().tolist() == [False, False, True]
    assert table["estimated_roc_auc"].notna().all()
    told = trust(table)
    off = (table["roc_auc"] - table["estimated_roc_auc"]).abs()[:2]
    assert told["estimated_months"] == 2
    assert told["estimated_roc_auc_error"] == pytest.approx(off.mean())


def test_without_dates_the_customers_of_now_have_a_row_of_their_own():
    y, p = calibrated(500)
    promised = estimate_by_month(None, p, MONEY, 0.2)
    table = with_estimates(performance_by_month(None, y, p, MONEY, 0.2), joined(promised, promised))
    assert table["month"].tolist() == ["all", NOW]


def test_where_nothing_has_come_true_yet_there_is_nothing_to_trust():
    _, p = calibrated(200)
    nothing = performance_by_month(None, [np.nan] * 200, p, MONEY, 0.2)
    told = trust(with_estimates(nothing, estimate_by_month(None, p, MONEY, 0.2)))
    assert told["estimated_months"] == 0
    assert np.isnan(told["estimated_roc_auc_error"])
