"""The window that would have foretold the last month best, and the longest of those as good."""

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Dataset
from churn_mlops.errors import ConfigError
from churn_mlops.features.split import TRAIN, split
from churn_mlops.features.window import COLUMNS, choose_window, take_window, window_metrics

DATASET = Dataset("shop", "shop.csv", "id", "left", snapshot_date="day", horizon_days=28)
MONTHS, ROWS = 18, 1_200


def business(turn=None, months=MONTHS, seed=0, rate=0.15):
    """Customers by month; from the month `turn` on it is the other column that makes them leave."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2024-01-01", periods=months, freq="MS")
    month = np.repeat(np.arange(months), ROWS)
    X = pd.DataFrame({"id": np.tile(np.arange(ROWS), months), "day": days[month]})
    X = X.assign(use=rng.normal(size=len(X)), price=rng.normal(size=len(X)))
    reason = np.where(month >= (months if turn is None else turn), X["price"], X["use"])
    p = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) + 2 * reason)))
    return X, X[["id", "day"]].assign(churned=(rng.random(len(X)) < p).astype("int8"))


@pytest.mark.slow
def test_where_nothing_has_changed_all_of_the_past_is_learned_from():
    for seed in range(3):
        assert choose_window(*business(seed=seed), DATASET).snapshots == 0


def test_where_the_reasons_have_changed_the_window_ends_there():
    chosen = choose_window(*business(turn=11), DATASET)
    assert chosen.snapshots == 6
    assert chosen.reason.startswith("The newest 6 would have foretold 2025-06-01 best, with a log loss of 0.")
    assert list(chosen.table.columns) == COLUMNS
    assert list(chosen.table["snapshots"]) == [17, 12, 6, 3]
    assert chosen.table.set_index("snapshots").loc[6, "worse_by"] == 0
    assert (chosen.table["rows"] == chosen.table["snapshots"] * ROWS).all()


def test_the_longest_of_those_that_are_as_good_is_taken():
    chosen = choose_window(*business(turn=2), DATASET)
    table = chosen.table.set_index("snapshots")
    assert chosen.snapshots in (0, 12)
    assert table.loc[chosen.snapshots or 17, "worse_by"] <= 2 * table.loc[chosen.snapshots or 17, "standard_error"]


def test_the_test_part_does_not_choose():
    features, labels = business(turn=11)
    asked = ("chosen", features, labels, DATASET, 3, 12, 0)
    first = take_window(*asked)
    test = labels["day"] >= "2025-04-01"
    asked[2].loc[test, "churned"] = 1 - asked[2].loc[test, "churned"]
    pd.testing.assert_frame_equal(take_window(*asked).table, first.table)


def test_the_same_rows_give_the_same_answer():
    one, other = (choose_window(*business(turn=11), DATASET) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, other.table)


@pytest.mark.parametrize(("window", "snapshots"), [("sliding", 5), ("all", 0)])
def test_what_is_not_to_be_chosen_is_as_asked_for_and_tries_nothing(window, snapshots):
    found = take_window(window, *business(months=8), DATASET, 2, 5, 0)
    assert (found.snapshots, len(found.table)) == (snapshots, 0)


def test_the_usual_window_splits_as_before():
    features, labels = business(months=8)
    learned = take_window("sliding", features, labels, DATASET, 2, 3, 0)
    part = split(labels, DATASET, 2, learned.snapshots, 0, 0.2, 0)
    assert (part == split(labels, DATASET, 2, 3, 0, 0.2, 0)).all()
    assert window_metrics(learned, labels.assign(split=part), DATASET) == {"train_snapshots": 3}
    assert labels.loc[part == TRAIN, "day"].nunique() == 3


@pytest.mark.parametrize("months", [4, 5])
def test_with_too_little_to_try_all_is_taken_and_that_is_said(months):
    features, labels = business(months=months, rate=0.001)
    found = choose_window(features, labels, DATASET)
    assert found.snapshots == 0
    assert "too few to try windows on" in found.reason


def test_without_dates_there_is_no_window():
    features, labels = business(months=1)
    dataset = Dataset("shop", "shop.csv", "id", "left")
    found = take_window("chosen", features, labels, dataset, 3, 12, 0)
    assert "no window" in found.reason
    assert window_metrics(found, labels, dataset) == {}


def test_another_word_is_told():
    with pytest.raises(ConfigError, match=r"features\.window is 'best'; expected sliding, all or chosen"):
        take_window("best", *business(months=4), DATASET, 1, 0, 0)
