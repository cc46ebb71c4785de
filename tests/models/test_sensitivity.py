from dataclasses import replace

import numpy as np
import pytest

from churn_mlops.config import ASSUMPTIONS, Money
from churn_mlops.models import Stakes, break_even, contacted, earnings, profit, sensitivity_table

RNG = np.random.default_rng(3)
ROWS = 2_000
P = RNG.beta(1, 5, ROWS)
Y = (RNG.random(ROWS) < P).astype(float)
WEIGHTS = np.where(Y == 1, 0.9, 1.02)
CASES = {
    "one value for all": (Money(100, 10, 0.4), 0.25, None),
    "a threshold away from theory": (Money(100, 10, 0.4), 0.4, None),
    "weighted": (Money(100, 10, 0.4), 0.25, WEIGHTS),
    "by customer": (Stakes(RNG.gamma(2, 50, ROWS), 10, 0.4), 0.0, WEIGHTS),
}


@pytest.fixture(params=[(name, key) for name in CASES for key in ASSUMPTIONS], ids=" ".join)
def case(request):
    """Money, threshold, weights, and the row of one assumption."""
    name, key = request.param
    money, threshold, weights = CASES[name]
    found = earnings(Y, P, money, threshold, replicates=50, weights=weights)
    row = sensitivity_table(P, money, threshold, found, weights).set_index("assumption").loc[key]
    return money, threshold, weights, key, row


def wrong(money, key, factor):
    return replace(money, **{key: getattr(money, key) * factor})


def test_the_choice_earns_most_exactly_between_the_factors(case):
    money, threshold, weights, key, row = case
    chosen = contacted(P, money, threshold)

    def pays(factor):
        true = wrong(money, key, factor)
        alternatives = profit(Y, ~chosen & False, true, weights), profit(Y, chosen | True, true, weights)
        return profit(Y, chosen, true, weights) > max(alternatives)

    assert pays(1)
    assert [pays(row.pays_low * f) for f in (0.99, 1.01)] == [False, True]
    assert pays(row.pays_high * 0.99)
    if key != "success_rate" or row.pays_high * np.max(money.success_rate) < 1 - 1e-9:
        assert not pays(row.pays_high * 1.01)


def test_what_is_sure_is_narrower_than_what_was_seen(case):
    row = case[-1]
    assert row.pays_low < row.sure_low < 1 < row.sure_high <= row.pays_high


def test_between_the_narrow_factors_at_most_one_in_twenty_is_decided_differently(case):
    money, threshold, weights, key, row = case

    def changed(factor):
        true = wrong(money, key, factor)
        moved = threshold if isinstance(money, Stakes) else threshold * break_even(true) / break_even(money)
        return np.average(contacted(P, true, moved) != contacted(P, money, threshold), weights=weights)

    assert [changed(row.alike_low * f) > 0.05 for f in (0.9999, 1.0001)] == [True, False]
    assert [changed(row.alike_high * f) > 0.05 for f in (1.0001, 0.9999)] == [True, False]


def table(p, money, threshold, replicates=20):
    found = earnings(Y, p, money, threshold, replicates=replicates)
    return sensitivity_table(p, money, threshold, found).set_index("assumption")


def test_where_nobody_is_contacted_no_factor_pays():
    assert table(P, Money(10, 9, 0.5), 1.8).filter(regex="pays|sure").isna().all(axis=None)


def test_where_everybody_is_contacted_for_nothing_no_factor_stops_it():
    found = table(P, Money(10, 0, 0.5), 0.0)
    assert found.loc["value_kept", ["pays_low", "pays_high", "alike_low"]].tolist() == [0, np.inf, 0]
    assert found.loc["success_rate", "pays_high"] == 2  # a success rate of 1 is the most there is


def test_a_model_that_earns_less_than_nothing_pays_by_no_factor_of_one():
    row = table(1 - P, Money(100, 10, 0.4), 0.9).loc["value_kept"]
    assert not row.pays_low < 1 < row.pays_high


def test_without_replicates_nothing_is_sure():
    assert table(P, Money(100, 10, 0.4), 0.25, replicates=0).filter(like="sure").isna().all(axis=None)


def test_the_assumed_value_by_customer_is_the_mean_of_those_known():
    found = table(P, Stakes(np.where(P > 0.1, 50.0, np.nan), 1.0, 0.4), 0.0)
    assert found["assumed"].tolist() == [50, 1, 0.4]
