"""A sample chosen by outcome, and the world that it was chosen from."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import choose_threshold, earnings, evaluate, gain_table, reliability_table, row_weights

MONEY = Money(value_kept=300, offer_cost=5, success_rate=0.3)  # break-even at 5.6%


@pytest.mark.parametrize(("prior", "rate"), [(0.02, 0.5), (0.5, 0.1), (0.3, 0.3)])
def test_the_weighted_share_of_leavers_is_the_prior_and_rows_count_for_one_on_average(prior, rate):
    y = np.repeat([1, 0], [int(100 * rate), 100 - int(100 * rate)])
    weights = row_weights(y, prior)
    assert np.average(y, weights=weights) == pytest.approx(prior)
    assert weights.mean() == pytest.approx(1)
    assert weights[y == 1] == pytest.approx(prior / rate)


def test_without_a_prior_the_data_is_as_the_world_is():
    assert row_weights([0, 1], 0.0) is None


def test_one_class_cannot_be_weighed():
    with pytest.raises(DataError, match=r"weighing rows to a prior of 0.1: 2 of 2 rows left"):
        row_weights([1, 1], 0.1)


@pytest.fixture(scope="module")
def worlds():
    """(y, p) of a population of which 2% leave, and of its balanced sample, by a model of another balanced sample."""
    rng = np.random.default_rng(0)

    def world():
        x = rng.normal(size=(150_000, 3))
        y = (rng.random(len(x)) < expit(-4.92 + x @ [1.2, -0.8, 0.5])).astype(int)
        chosen = (y == 1) | (rng.random(len(y)) < y.mean() / (1 - y.mean()))
        return x, y, chosen

    (x, y, chosen), (x_test, y_test, chosen_test) = world(), world()
    model = LogisticRegression().fit(x[chosen], y[chosen])
    prior = float(y.mean())
    shift = logit(prior) - logit(y[chosen].mean())  # what the calibrated model adds to its log-odds
    p = expit(model.decision_function(x_test) + shift)
    return prior, (y_test, p), (y_test[chosen_test], p[chosen_test])


def test_a_balanced_sample_with_its_prior_tells_what_is_true_of_the_population(worlds):
    prior, population, sample = worlds
    assert prior == pytest.approx(0.02, rel=0.2)
    true = evaluate(*population, MONEY, 0.055, replicates=0)
    found = evaluate(*sample, MONEY, 0.055, replicates=100, weights=row_weights(sample[0], prior))
    for name in set(true) - {"profit", "calibration_error"}:
        spread = found[f"{name}_high"] - found[f"{name}_low"]
        assert found[f"{name}_low"] - spread / 2 <= true[name] <= found[f"{name}_high"] + spread / 2, name
    assert found["profit_per_1000"] == pytest.approx(true["profit_per_1000"], rel=0.1)
    assert found["calibration_error"] < 0.003
    blind = evaluate(*sample, MONEY, 0.055, replicates=0)
    assert blind["profit_per_1000"] > 5 * true["profit_per_1000"]
    assert blind["calibration_error"] > 0.2
    assert blind["roc_auc"] == pytest.approx(found["roc_auc"])


def test_threshold_curves_and_reliability_are_those_of_the_population_too(worlds):
    prior, population, sample = worlds
    weights = row_weights(sample[0], prior)
    chosen, true = choose_threshold(*sample, MONEY, weights), choose_threshold(*population, MONEY)
    assert chosen.value == true.value == chosen.break_even
    assert chosen.share_contacted == pytest.approx(true.share_contacted, rel=0.1)
    found, exact = (
        earnings(*rows, MONEY, 0.055, replicates=0, weights=w) for rows, w in ((sample, weights), (population, None))
    )
    np.testing.assert_allclose(found.table["gain_per_1000"], exact.table["gain_per_1000"], rtol=0.1)
    gained, all_of_them = gain_table(*sample, weights=weights), gain_table(*population)
    np.testing.assert_allclose(gained["captured"], all_of_them["captured"], atol=0.03)
    table = reliability_table(*sample, weights=weights)
    inside = table["mean_probability"].between(table["churn_low"], table["churn_high"])
    assert inside.sum() >= 8
