import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import baselines, break_even, expected_profit, profit, profit_curve

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
