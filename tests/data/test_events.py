"""What a log's lines are taken for, and who stays away."""

import pandas as pd
import pytest

from churn_mlops.config import Dataset, Definition, Events, Money
from churn_mlops.data.events import check_log, count_by_month, count_meanings
from churn_mlops.errors import DataError

DATASET = Dataset("shop", "shop.csv", id="who", snapshot_date="snapshot_date", horizon_days=30)


def definition(**settings):
    return Definition(DATASET, Money(100, 5, 0.2), events=Events("at", **settings))


def log(*rows):
    frame = pd.DataFrame(rows, columns=["who", "at", "invoice", "pieces", "price", "kind"])
    return frame.astype({"at": "datetime64[us]", "pieces": "float64", "price": "float64"})


LOG = log(
    ("ann", "2024-01-05", "1", 2, 3.0, "buy"),
    ("ann", "2024-01-30", "2", 1, 3.0, "buy"),
    ("ann", "2024-02-29", "3", 1, 3.0, "buy"),  # the thirtieth day after
    ("ann", "2024-03-01", "C3", 1, 3.0, "buy"),
    ("bob", "2024-01-31", "4", 1, 4.0, "buy"),
    ("bob", "2024-03-02", "5", -1, 4.0, "goodbye"),
    ("cem", "2024-05-01", "6", 1, 4.0, "refund"),
    (None, "2024-01-01", "7", 1, 9.0, "buy"),
)


@pytest.mark.parametrize(
    ("settings", "events", "back", "leavings"),
    [
        ({}, 7, 0, 0),
        ({"order": "invoice", "cancelled_prefix": "C"}, 6, 1, 0),
        ({"quantity": "pieces", "price": "price", "cancelled_negative": True}, 6, 1, 0),
        ({"kind": "kind", "cancelled_kinds": ("refund",), "churn_kinds": ("goodbye",)}, 5, 1, 1),
        ({"order": "invoice", "cancelled_prefix": "C", "kind": "kind", "cancelled_kinds": ("refund",)}, 5, 2, 0),
    ],
)
def test_each_line_has_the_meaning_that_the_definition_gives_it(settings, events, back, leavings):
    found = count_meanings(definition(**settings), LOG).set_index("a line is")["lines"].to_dict()
    wanted = {"an event": events, "takes an earlier one back": back, "a leaving": leavings}
    assert found == {meaning: lines for meaning, lines in wanted.items() if lines}


def test_lines_are_worth_their_amount_or_pieces_times_price():
    by_price = count_meanings(definition(quantity="pieces", price="price", cancelled_negative=True), LOG)
    assert by_price["value"].tolist() == [6 + 3 + 3 + 3 + 4 + 4, -4]
    assert count_meanings(definition(amount="price"), LOG)["value"].tolist() == [24]
    assert "value" not in count_meanings(definition(), LOG)


def test_who_came_in_a_month_and_not_within_the_horizon_after_their_last_event_stays_away():
    counts = count_by_month(definition(order="invoice", cancelled_prefix="C"), LOG)
    assert counts.to_dict("list") == {
        "period": ["2024-01", "2024-02", "2024-03"],
        "left": [1, 1, 1],
        "stayed": [1, 0, 0],
    }


def test_where_leaving_is_an_event_of_its_own_it_is_counted_in_its_month():
    counts = count_by_month(definition(kind="kind", churn_kinds=("goodbye",)), LOG)
    assert counts.to_dict("list") == {
        "period": ["2024-01", "2024-02", "2024-03"],
        "left": [0, 0, 1],
        "stayed": [2, 1, 1],
    }


def test_a_log_in_which_nobody_leaves_or_everybody_does_is_refused():
    check_log(definition(), LOG, "shop.csv")
    with pytest.raises(DataError, match=r"shop.csv: 2 of 2 left within 30 days"):
        check_log(definition(), LOG.iloc[[0, 4, 6]], "shop.csv")
    with pytest.raises(DataError, match="0 of 3 left"):
        check_log(definition(kind="kind", churn_kinds=("fire",)), LOG[:-2], "shop.csv")
