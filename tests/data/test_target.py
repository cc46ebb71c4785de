import pandas as pd
import pytest

from churn_mlops.config import Dataset, Definition, Events, Money
from churn_mlops.data.engine import stored
from churn_mlops.data.target import check_outcomes, churned, count_outcomes
from churn_mlops.errors import DataError


def definition(positive="", snapshot_date="", source="people.csv"):
    return Definition(
        Dataset("people", source, id="id", target="Churn", positive=positive, snapshot_date=snapshot_date),
        Money(100, 10, 0.5),
    )


def table(*values, **columns):
    return pd.DataFrame({"Churn": pd.Series(values, dtype="str"), **columns})


@pytest.mark.parametrize(
    ("positive", "value", "label"),
    [
        ("", "Yes", 1),
        ("", "TRUE", 1),
        ("", "1", 1),
        ("", "1.0", 1),
        ("", " churned ", 1),
        ("", "No", 0),
        ("", "0", 0),
        ("", "gone", 0),
        ("gone", "gone", 1),
        ("gone", " gone ", 1),
        ("gone", "Gone", 0),  # a value that is named is meant to the letter
        ("gone", "yes", 0),
        ("0", "0", 1),
        ("gone", None, None),
        ("", None, None),
    ],
)
def test_the_label_is_one_for_the_positive_value_and_missing_where_nothing_is_known(positive, value, label):
    (found,) = churned(table(value), definition(positive).dataset)
    assert found == label if label is not None else pd.isna(found)


@pytest.mark.parametrize(
    ("values", "label"), [([1, 0], [1, 0]), ([True, False], [1, 0]), ([1.0, None], [1, None]), ([1.0, 0.0], [1, 0])]
)
def test_a_typed_target_needs_no_positive_value(values, label):
    found = churned(pd.DataFrame({"Churn": values}), definition().dataset)
    assert [None if pd.isna(value) else value for value in found] == label


@pytest.mark.parametrize("values", [("Yes", "No"), ("Yes", "No", None), ("Yes", "No", "No")])
def test_two_classes_of_which_one_is_positive_pass(values):
    check_outcomes(definition("Yes"), {"table": stored(table(*values))}, "people.csv")


@pytest.mark.parametrize(
    ("positive", "values", "told"),
    [
        ("Yes", ("No", "No"), r"has one class only: 'No' \(2 rows\).*Cure"),
        ("Yes", ("Yes", None), r"has one class only: 'Yes' \(1 rows\).*Cure"),
        ("Yes", (None, None), "has one class only: nothing.*Cure"),
        ("Yes", ("Yes", "No", "No", "Maybe"), r"has 3 values: 'No' \(2 rows\).*Expected two.*Cure"),
        ("Left", ("Yes", "No"), "never is 'Left'; it has 'No'.*'Yes'.*Cure: set `positive`"),
        ("yes", ("Yes", "No"), "never is 'yes'"),
        ("", ("gone", "here"), "never is yes, true or 1; it has 'gone'.*Cure: set `positive`"),
    ],
)
def test_a_target_that_cannot_be_learned_names_file_column_values_and_cure(positive, values, told):
    with pytest.raises(DataError, match=rf"people\.csv: target `Churn` {told}") as caught:
        check_outcomes(definition(positive), {"table": stored(table(*values))}, "people.csv")
    assert caught.value.exit_code == 3


def test_the_simulators_outcomes_are_right_by_construction():
    check_outcomes(definition(source="simulator"), {}, "simulator")


def test_outcomes_without_time_are_counted_once_and_unknown_ones_left_out():
    (row,) = count_outcomes(definition("Yes"), {"table": stored(table("Yes", "No", "No", "No", None))}).to_dict(
        "records"
    )
    assert row == {"period": "all", "left": 1, "stayed": 3, "rate": 0.25}


def test_outcomes_are_counted_by_snapshot():
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01", "2024-03-01"])
    counts = count_outcomes(definition("Yes", "day"), {"table": stored(table("Yes", "No", "Yes", None, day=days))})
    assert counts.to_numpy().tolist() == [
        ["2024-01-01", 1, 1, 0.5],
        ["2024-02-01", 1, 0, 1.0],
        ["2024-03-01", 0, 0, 0.0],  # nothing is known yet
    ]


def test_the_simulators_outcomes_are_counted_by_month():
    first = pd.to_datetime(["2024-01-01"] * 4 + ["2024-02-01"] * 3)
    tables = {
        "truth": stored(pd.DataFrame({"snapshot_date": first})),
        "cancellations": stored(pd.DataFrame({"cancelled_on": pd.to_datetime(["2024-01-31"])})),
    }
    counts = count_outcomes(definition(source="simulator"), tables)
    assert counts.to_numpy().tolist() == [["2024-01", 1, 3, 0.25], ["2024-02", 0, 3, 0.0]]


def test_of_a_log_those_have_left_of_whom_nothing_is_seen_in_the_horizon_after_a_month():
    roles = Dataset("log", "log.csv", id="who", snapshot_date="snapshot_date", horizon_days=30)
    log = Definition(roles, Money(100, 10, 0.5), events=Events(time="at"))
    seen = [("a", "2024-01-05"), ("a", "2024-01-20"), ("a", "2024-02-10"), ("b", "2024-01-10"), ("a", "2024-03-20")]
    days = pd.DataFrame(seen, columns=["who", "at"]).astype({"at": "datetime64[us]"})
    counts = count_outcomes(log, {"table": stored(days)})
    assert counts.to_numpy().tolist() == [["2024-01", 1, 1, 0.5]]  # thirty days after February are not over
