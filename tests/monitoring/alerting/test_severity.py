import math

import pytest

from churn_mlops.config import AlertRules
from churn_mlops.monitoring.alerting.severity import number, severity_of, share_at_stake


@pytest.mark.parametrize(
    ("found", "money", "expected", "severity"),
    [
        ("low", None, 1000, "low"),  # without money it is as it was found
        ("high", None, None, "high"),
        ("odd", None, 1000, "medium"),
        ("low", -200, 1000, "high"),
        ("low", -199, 1000, "medium"),
        ("medium", -50, 1000, "medium"),
        ("medium", -49, 1000, "low"),
        ("medium", 200, 1000, "high"),  # an effect, whichever way its sign is meant
        ("high", 0, 1000, "medium"),  # a broken feed is broken, also where it costs nothing yet
        ("low", -1e9, 0, "low"),  # nothing to compare with
        ("medium", -10, -500, "medium"),
    ],
)
def test_money_decides_where_it_is_known(found, money, expected, severity):
    share = share_at_stake(number(money), expected)
    assert severity_of(found, share, AlertRules()) == severity


@pytest.mark.parametrize("value", [None, "12", True, math.nan, math.inf, -math.inf, [], {}])
def test_what_is_no_number_is_not_known(value):
    assert number(value) is None
