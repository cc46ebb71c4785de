import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import (
    Stakes,
    baselines,
    break_even,
    contacted,
    earned,
    expected_profit,
    profit,
    profit_curve,
)
from churn_mlops.models.money import ranked_by

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)  # break-even at 0.2


def test_a_leaver_contacted_earns_the_kept_value_less_the_offer_and_a_stayer_costs_the_offer():
    assert expected_profit([0, 0.2, 1], MONEY).tolist() == [-10, 0, 40]
    assert break_even(MONEY) == pytest.approx(0.2)
    assert profit([1, 0, 1], [True, True, False], MONEY) == 30


def test_the_baselines_need_no_model():
    assert baselines([1, 0, 0, 0, 0], MONEY) == {"contact nobody": 0.0, "contact everybody": 0.0}
    assert baselines([1, 1, 0, 0], MONEY)["contact everybody"] == 60


scored = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1])), min_size=1, max_size=60)


@given(scored)
def test_every_point_of_the_curve_is_the_profit_at_its_threshold(rows):
    y, p = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    for point in profit_curve(y, p, MONEY).itertuples():
        contacted = p >= point.threshold
        assert point.profit == pytest.approx(profit(y, contacted, MONEY))
        assert point.contacted == contacted.sum()
        assert point.profit_per_1000 == pytest.approx(1000 * point.profit / len(y))


@given(scored)
def test_the_curve_runs_from_nobody_to_everybody(rows):
    y, p = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    curve = profit_curve(y, p, MONEY)
    assert (curve["share"].iloc[0], curve["profit"].iloc[0]) == (0, 0)
    assert curve["share"].iloc[-1] == 1
    assert curve["profit"].iloc[-1] == pytest.approx(baselines(y, MONEY)["contact everybody"])


NAN = float("nan")
WORTH = np.array([100, 20, 0, NAN, 100])


def test_by_customer_each_has_a_break_even_of_their_own():
    money = Stakes(WORTH, 10, 0.5)
    assert break_even(money).tolist() == [0.2, 1, np.inf, np.inf, 0.2]
    assert break_even(Stakes(WORTH, 0.0, 0.5)).tolist() == [0, 0, np.inf, np.inf, 0]
    np.testing.assert_array_equal(expected_profit([0.3, 1, 1, 1, 0.1], money), [5, 0, -10, NAN, -5])


def test_by_customer_contacted_is_who_is_expected_to_earn_the_threshold_or_more():
    money, p = Stakes(WORTH, 10, 0.5), [0.3, 1, 1, 1, 0.1]
    assert contacted(p, money, 0.0).tolist() == [True, True, False, False, False]
    assert contacted(p, money, 4.0).tolist() == [True, False, False, False, False]
    assert contacted(p, money, -np.inf).tolist() == [True, True, True, False, True]  # never where nothing is known


def test_with_one_value_for_all_contacted_is_who_reaches_the_probability():
    assert contacted([0.1, 0.2, 0.3], MONEY, 0.2).tolist() == [False, True, True]
    assert ranked_by([0.1, 0.2], MONEY).tolist() == [0.1, 0.2]


def test_who_is_left_alone_or_not_known_earns_and_costs_nothing():
    money = Stakes(WORTH, 10, 0.5)
    assert earned([1, 0, 1, 1, 1], [0.3, 1, 1, 1, 0.1], money, 0.0).tolist() == [40, -10, 0, 0, 0]
    assert profit([1, 0, 1, 1, 1], [True] * 5, money) == 40 - 10 - 10 + 0 + 40


def test_by_customer_the_stakes_alone_are_a_decision_without_a_model():
    money = Stakes(np.array([100, 20, 100]), 10, 0.5)
    found = baselines([1, 1, 0], money, risk=0.3)  # worth it from 67 on
    assert found == {"contact nobody": 0, "contact everybody": 30, "contact by stakes alone": 30}
    assert "contact by stakes alone" not in baselines([1, 0], MONEY, risk=0.3)


@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0, 0.1, 0.5, 1]), st.sampled_from([0, 20, 100, NAN]),
                          st.sampled_from([0.5, 1.0, 3.0])), min_size=1, max_size=40))  # fmt: skip
def test_every_point_of_a_curve_by_customer_is_the_profit_of_those_contacted(rows):
    y, p, worth, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    money = Stakes(worth, 10.0, 0.5)
    curve = profit_curve(y, p, money, weights)
    assert curve["threshold"].is_monotonic_decreasing
    for point in curve.itertuples():
        chosen = contacted(p, money, point.threshold)
        assert point.profit == pytest.approx(profit(y, chosen, money, weights))
        assert point.contacted == pytest.approx(weights @ chosen)
        assert point.profit_per_1000 == pytest.approx(1000 * point.profit / weights.sum())
    assert curve["contacted"].iloc[-1] == pytest.approx(weights[np.isfinite(worth)].sum())


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([], [], "no rows"),
        ([0, 1], [0.5], "equal length"),
        ([0, 2], [0.5, 0.5], "labels must be 0 or 1; seen 2.0 in row 1"),
        ([0, 1], [0.5, 1.2], "from 0 to 1; seen 1.2 in row 1"),
        ([0, 1], [np.nan, 0.2], "from 0 to 1; seen nan in row 0"),
    ],
)
def test_scores_that_cannot_be_measured_are_refused(y, p, message):
    with pytest.raises(DataError, match=message):
        profit_curve(y, p, MONEY)
