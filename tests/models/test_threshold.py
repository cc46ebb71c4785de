from types import SimpleNamespace

import numpy as np
import pytest

from churn_mlops.config import Money
from churn_mlops.models import Stakes, choose_threshold, contacted, profit
from churn_mlops.models.threshold import usable_threshold

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)  # break-even at 0.2


def scores(distortion=1.0, rows=5_000, seed=0):
    """Calibrated scores, or scores whose probabilities are too high by the factor `distortion`."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 5, rows)
    return (rng.random(rows) < truth).astype(int), np.clip(truth * distortion, 0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_calibrated_scores_get_the_break_even_not_the_luckiest_point(seed):
    chosen = choose_threshold(*scores(seed=seed), MONEY)
    assert chosen.value == chosen.break_even == pytest.approx(0.2)
    assert "pays for itself" in chosen.reason


def test_scores_far_from_calibrated_get_the_threshold_that_earned_clearly_more():
    y, p = scores(distortion=1.8, rows=20_000)
    chosen = choose_threshold(y, p, MONEY)
    assert 0.3 < chosen.value <= 0.4
    assert chosen.profit > profit(y, p >= 0.2, MONEY)
    assert "standard errors" in chosen.reason


def test_the_threshold_never_leaves_the_reach_of_theory():
    y, p = scores(distortion=4, rows=20_000)
    assert choose_threshold(y, p, MONEY).value <= 0.4


def test_an_offer_that_never_pays_contacts_nobody():
    chosen = choose_threshold(*scores(), Money(value_kept=10, offer_cost=9, success_rate=0.5))
    assert chosen.value > 1
    assert (chosen.share_contacted, chosen.profit) == (0, 0)
    assert "contact nobody" in chosen.reason


def test_a_free_offer_contacts_everybody():
    chosen = choose_threshold(*scores(), Money(value_kept=10, offer_cost=0, success_rate=0.5))
    assert (chosen.value, chosen.share_contacted) == (0, 1)
    assert chosen.profit == chosen.profit_contact_everybody > 0


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_equal_scores_are_all_contacted_or_none(p):
    chosen = choose_threshold([0, 1, 0, 0], np.full(4, p), MONEY)
    assert chosen.share_contacted in (0, 1)


def test_its_figures_are_those_of_the_rows_it_was_chosen_on():
    y, p = scores()
    chosen = choose_threshold(y, p, MONEY)
    assert chosen.profit == pytest.approx(profit(y, p >= chosen.value, MONEY))
    assert chosen.share_contacted == np.mean(p >= chosen.value)
    assert chosen.profit_contact_nobody == 0
    assert chosen.profit_contact_everybody == pytest.approx(profit(y, p >= 0, MONEY))


def by_customer(distortion=1.0, rows=5_000, cost=10.0):
    y, p = scores(distortion, rows)
    return y, p, Stakes(np.random.default_rng(1).gamma(2, 50, rows), cost, 0.5)


def test_by_customer_contacted_is_who_is_expected_to_earn_more_than_nothing():
    y, p, money = by_customer()
    chosen = choose_threshold(y, p, money)
    assert (chosen.value, chosen.decides_by) == (0, "expected profit")
    assert "each customer's own break-even" in chosen.reason
    assert chosen.profit == pytest.approx(profit(y, p * money.value_kept * 0.5 >= 10, money))
    assert choose_threshold(*scores(), MONEY).decides_by == "probability"


def test_by_customer_too_scores_far_from_calibrated_get_what_earned_clearly_more():
    y, p, money = by_customer(distortion=1.8, rows=20_000)
    chosen = choose_threshold(y, p, money)
    assert 0 < chosen.value <= 10  # at most twice the break-even
    assert chosen.profit > profit(y, contacted(p, money, 0.0), money)
    assert "an expected profit of 0" in chosen.reason


def test_by_customer_an_offer_that_never_pays_contacts_nobody():
    chosen = choose_threshold(*by_customer(cost=10_000.0))
    assert (chosen.share_contacted, chosen.profit) == (0, 0)
    assert "contact nobody" in chosen.reason


def test_weights_count_as_rows_do():
    y, p = scores(distortion=1.8, rows=20_000)
    weights = np.where(np.arange(len(y)) % 2, 2, 1)
    found, repeated = (
        choose_threshold(y, p, MONEY, weights),
        choose_threshold(np.repeat(y, weights), np.repeat(p, weights), MONEY),
    )
    assert found.value == repeated.value
    assert found.profit == pytest.approx(repeated.profit)
    assert found.share_contacted == pytest.approx(repeated.share_contacted)


@pytest.mark.parametrize(
    ("decides_by", "money", "expected"),
    [
        ("probability", MONEY, 0.3),
        ("expected profit", MONEY, 0.2),  # what is best for this money, in theory
        ("expected profit", Stakes(np.array([100.0]), 10, 0.5), 0.3),
        ("probability", Stakes(np.array([100.0]), 10, 0.5), 0.0),
    ],
)
def test_a_threshold_chosen_for_money_of_another_kind_is_not_used(decides_by, money, expected):
    predictor = SimpleNamespace(threshold=0.3, decides_by=decides_by)
    assert usable_threshold(predictor, money) == expected
