import numpy as np
import pytest

from churn_mlops.config import Money
from churn_mlops.models import choose_threshold, profit

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
