"""What is usual is known from the months before, and is wrong no more often than stated."""

import numpy as np
import pytest
from scipy import stats

from churn_mlops.monitoring.quality.usual import FALSE_ALARM, FEWEST, usual


def test_the_first_months_cannot_be_judged():
    found = usual(np.ones(8), np.full(8, 0.1))
    assert np.isnan(found[:FEWEST]).all()
    assert np.isfinite(found[FEWEST:]).all()


def test_months_that_do_not_differ_are_bounded_by_their_errors_alone():
    middle, low, high = usual(np.full(6, 2.0), np.full(6, 0.1))[-1]
    reach = stats.t.isf(FALSE_ALARM / 2, 4) * np.sqrt(0.1**2 / 5 + 0.1**2)
    assert (middle, low, high) == pytest.approx((2.0, 2.0 - reach, 2.0 + reach))


def test_months_that_differ_anyway_may_go_on_to_differ():
    values = np.array([1.0, 3.0, 1.0, 3.0, 1.0, 3.0])
    assert usual(values, np.full(6, 0.01))[-1, 2] > 5


def test_later_months_do_not_change_what_was_usual_before():
    values, errors = np.random.default_rng(0).normal(size=12), np.full(12, 0.3)
    first = usual(values, errors)[6]
    values[7:] = 1e6
    assert usual(values, errors)[6] == pytest.approx(first)


def test_a_month_without_a_value_is_left_out():
    values, errors = np.array([1.0, np.nan, 1.0, 1.0, 1.0, 1.0]), np.full(6, 0.1)
    found = usual(values, errors)
    assert np.isnan(found[:5]).all()
    assert found[5, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("between", [0.0, 0.1, 1.0])
def test_quiet_months_are_called_odd_hardly_more_often_than_stated(between):
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(400):
        values = rng.normal(0, between, 18) + rng.normal(0, 0.2, 18)
        found = usual(values, np.full(18, 0.2))
        alarms += bool(((values < found[:, 1]) | (values > found[:, 2])).any())
    assert alarms / 400 <= 2 * FALSE_ALARM * 2.5  # on both sides; the variance between months is itself estimated
