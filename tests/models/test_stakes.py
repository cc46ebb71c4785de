from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Money
from churn_mlops.errors import DataError
from churn_mlops.models import expected_profit, stakes
from churn_mlops.models.stakes import by_customer

X = pd.DataFrame(
    {
        "revenue": [100.0, 0.0, np.nan],
        "orders": [1, 2, 3],
        "share": [0.5, 1.0, 0.0],
        "loss": [5.0, -3.0, -4.0],
        "empty": [np.nan] * 3,
        "endless": [1.0, np.inf, 2.0],
        "plan": ["basic", "plus", "plus"],
    }
)


def test_numbers_are_the_same_for_all_customers():
    held = stakes(Money(100, 10, 0.3, "GBP"), X)
    assert (held.value_kept, held.offer_cost, held.success_rate, held.currency) == (100, 10, 0.3, "GBP")
    assert not by_customer(held)


def test_a_name_is_the_feature_of_that_name_row_by_row():
    held = stakes(Money("revenue", "orders", "share"), X)
    np.testing.assert_array_equal(held.value_kept, X["revenue"])
    np.testing.assert_array_equal(held.offer_cost, [1, 2, 3])
    np.testing.assert_array_equal(held.success_rate, X["share"])
    assert by_customer(held)


def test_money_may_be_looked_up_twice():
    held = stakes(Money("revenue", 1, 1), X)
    assert stakes(held, X) == held


@pytest.mark.parametrize(
    ("money", "message"),
    [
        (
            Money("revenu", 1, 1),
            r"`value_kept` names `revenu`, which is not among the features; did you mean `revenue`",
        ),
        (Money("plan", 1, 1), r"`value_kept` names `plan`, which holds no numbers"),
        (Money(1, "loss", 1), r"`offer_cost` is column `loss`: -3 in row 1 \(2 such rows\); expected 0 or more"),
        (
            Money(1, 1, "orders"),
            r"`success_rate` is column `orders`: 2 in row 1 \(2 such rows\); expected a share, 0 to",
        ),
        (Money("endless", 1, 1), r"`value_kept` is column `endless`: inf in row 1"),
        (Money("empty", 1, 1), r"`value_kept` is column `empty`, which is empty in all 3 rows"),
    ],
)
def test_what_cannot_be_money_is_told_with_key_column_and_value(money, message):
    with pytest.raises(DataError, match=message):
        stakes(money, X)


def test_a_name_that_was_never_looked_up_is_no_number():
    with pytest.raises(DataError, match="names `revenue`, which have not been looked up"):
        expected_profit([0.1], Money("revenue", 1, 1))


def test_no_rows_have_no_stakes_and_no_complaint():
    assert len(stakes(Money("revenue", 1, 1), X.head(0)).value_kept) == 0


def test_anything_with_the_three_assumptions_is_money():
    assert not by_customer(SimpleNamespace(value_kept=1, offer_cost=1, success_rate=1))
