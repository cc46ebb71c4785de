import pandas as pd
import pytest

from churn_mlops.features.labels import add_best_probability, label_snapshots


def snapshots(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "snapshot_date"]).astype({"snapshot_date": "datetime64[us]"})


def cancellations(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "cancelled_on"]).astype({"cancelled_on": "datetime64[us]"})


@pytest.mark.parametrize(
    ("left", "churned"),
    [
        ("2024-05-31", 0),  # gone before: such a customer is not active, and is no churn of this window
        ("2024-06-01", 0),  # the day of the snapshot itself
        ("2024-06-02", 1),
        ("2024-07-01", 1),  # the last day of the horizon
        ("2024-07-02", 0),  # one day after
        (None, 0),
    ],
)
def test_leaving_counts_from_the_day_after_the_snapshot_to_the_last_day_of_the_horizon(left, churned):
    gone = cancellations(("Ann", left)) if left else cancellations()
    found = label_snapshots(snapshots(("Ann", "2024-06-01")), gone, 30, pd.Timestamp("2025-01-01"))
    assert found["churned"].tolist() == [churned]
    assert found["churned"].dtype == "int8"


@pytest.mark.parametrize(
    ("as_of", "labelled"),
    [
        ("2024-07-01", ["2024-06-01"]),  # the window's last day is over
        ("2024-06-30", []),
        ("2024-07-31", ["2024-06-01", "2024-07-01"]),
    ],
)
def test_a_window_that_is_still_open_has_no_label_not_even_for_who_has_left_already(as_of, labelled):
    rows = snapshots(("Ann", "2024-06-01"), ("Ann", "2024-07-01"))
    found = label_snapshots(rows, cancellations(("Ann", "2024-06-05")), 30, pd.Timestamp(as_of))
    assert found["snapshot_date"].dt.strftime("%Y-%m-%d").tolist() == labelled


def test_labels_keep_the_index_of_their_snapshots_and_know_customers_apart():
    rows = snapshots(("Ann", "2024-09-01"), ("Bob", "2024-06-01"), ("Ann", "2024-06-01"))
    found = label_snapshots(rows, cancellations(("Bob", "2024-06-10")), 30, pd.Timestamp("2024-07-15"))
    assert found["churned"].to_dict() == {1: 1, 2: 0}
    assert found["customer_id"].to_dict() == {1: "Bob", 2: "Ann"}


TRUTH = snapshots(("Ann", "2024-06-01"), ("Bob", "2024-06-01")).assign(probability=[0.25, 0.5])


@pytest.mark.parametrize("horizon", [28, 30, 31])
def test_the_truth_stands_beside_its_own_label_whatever_the_order(horizon):
    labels = snapshots(("Bob", "2024-06-01"), ("Ann", "2024-06-01"), ("Ann", "2024-07-01"))
    found = add_best_probability(labels, TRUTH, horizon)["best_probability"]
    assert found[:2].tolist() == [0.5, 0.25]
    assert found.isna().tolist() == [False, False, True]


@pytest.mark.parametrize("horizon", [1, 27, 32, 90])
def test_the_truth_of_a_month_says_nothing_of_another_horizon(horizon):
    assert "best_probability" not in add_best_probability(TRUTH, TRUTH, horizon)
