import numpy as np
import pytest

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import compare

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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((np.ones(3), [0.1] * 3, [0.1] * 3), "3 of 3 rows left"), (([0, 1], [0.1, 0.2], [0.1]), "champion: labels"),
     (([0, 1], [0.1, 0.2], [0.1, 0.2], MONEY, 0.2), "thresholds of both")],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        compare(*arguments)
