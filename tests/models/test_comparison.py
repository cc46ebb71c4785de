import numpy as np
import pytest
from scipy.special import expit, logit

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import Stakes, compare, earned, evaluate, row_weights
from churn_mlops.models.comparison import differences

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)


def noisy(noise, rows=4_000):
    """Who left, and calibrated-looking scores that saw the true log-odds through `noise`."""
    rng = np.random.default_rng(0)
    z = rng.normal(-1.5, 1.2, rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(int)
    return y, 1 / (1 + np.exp(-(z + noise * rng.normal(size=rows))))


Y, SHARP = noisy(0.0)
_, BLUNT = noisy(1.5)


@pytest.mark.parametrize(
    ("challenger", "champion", "verdict"),
    [(SHARP, BLUNT, "better"), (BLUNT, SHARP, "worse"), (SHARP, SHARP, "no evidence")],
)
def test_the_verdict_says_better_worse_or_no_evidence(challenger, champion, verdict):
    compared = compare(Y, challenger, champion, MONEY, 0.2, 0.2)
    assert compared.verdict == verdict
    assert "roc_auc" in compared.reason


def test_the_same_draws_make_the_difference_of_a_model_to_itself_exactly_zero():
    table = compare(Y, SHARP, SHARP.copy(), MONEY, 0.2, 0.2, replicates=20).table
    assert (table[["difference", "low", "high"]] == 0).all(axis=None)


def test_lower_is_better_where_the_metric_is_a_loss():
    table = compare(Y, SHARP, BLUNT, replicates=50).table.set_index("metric")
    assert table.loc["brier", "difference"] < 0
    assert table.loc["brier", "verdict"] == "better"
    assert table.loc["roc_auc", "verdict"] == "better"


def test_a_small_real_difference_shows_because_the_draws_are_paired():
    rng = np.random.default_rng(1)
    slightly = np.clip(SHARP + 0.02 * rng.normal(size=len(Y)), 0, 1)
    row = compare(Y, SHARP, slightly).table.set_index("metric").loc["brier"]
    assert row.high - row.low < 0.002


def test_worse_in_one_deciding_metric_is_worse_even_where_another_is_better():
    overconfident = np.where(SHARP > 0.3, 0.999, SHARP / 10)
    compared = compare(Y, overconfident, SHARP)
    assert compared.verdict == "worse"
    assert "brier" in compared.reason


def test_every_metric_is_compared_and_has_a_verdict():
    table = compare(Y, SHARP, BLUNT, MONEY, 0.2, 0.2, replicates=20).table
    assert list(table["metric"]) == list(evaluate(Y, SHARP, MONEY, 0.2, replicates=0))
    assert set(table["verdict"]) <= {"better", "worse", "no evidence"}
    assert table[["low", "high"]].notna().all(axis=None)


def test_differences_are_those_of_a_loop_over_the_same_draws():
    from churn_mlops.models.bootstrap import replicate_weights

    customers, weights = np.repeat(np.arange(1_000), 4), np.where(Y == 1, 0.1, 1.3)
    row = compare(Y, SHARP, BLUNT, replicates=20, customers=customers, weights=weights).table.set_index("metric")
    drawn = np.concatenate(list(replicate_weights(customers, 20, 0))) * weights
    looped = [np.average((SHARP - Y) ** 2 - (BLUNT - Y) ** 2, weights=w) for w in drawn]
    assert row.loc["brier", ["low", "high"]].tolist() == pytest.approx(np.quantile(looped, [0.025, 0.975]).tolist())


def test_under_a_prior_and_the_money_of_each_customer_both_are_measured_alike():
    money, weights = Stakes(np.linspace(0, 300, len(Y)), 10, 0.5), row_weights(Y, 0.02)
    sharp, blunt = (expit(logit(p) + logit(0.02) - logit(Y.mean())) for p in (SHARP, BLUNT))
    compared = compare(Y, sharp, blunt, money, 0.0, 0.0, replicates=50, weights=weights)
    table = compared.table.set_index("metric")
    for name, p in (("challenger", sharp), ("champion", blunt)):
        assert table.loc["profit", name] == pytest.approx(weights @ earned(Y, p, money, 0.0))
    assert table.loc["profit", "verdict"] == compared.verdict == "better"
    assert compare(Y, sharp, sharp, money, 0.0, 0.0, replicates=5, weights=weights).verdict == "no evidence"


def test_the_differences_have_flat_names_and_without_a_champion_there_are_none():
    flat = differences(compare(Y, SHARP, BLUNT, replicates=5))
    assert {"roc_auc_difference", "roc_auc_difference_low", "lift_at_5_difference_high"} <= set(flat)
    assert differences(None) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((np.ones(3), [0.1] * 3, [0.1] * 3), "3 of 3 rows left"), (([0, 1], [0.1, 0.2], [0.1]), "champion: labels"),
     (([0, 1], [0.1, 0.2], [0.1, 0.2], MONEY, 0.2), "thresholds of both")],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        compare(*arguments)
