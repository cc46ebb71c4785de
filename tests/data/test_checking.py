import pandas as pd
import pytest

from churn_mlops.config import Column, Dataset, Definition, Money
from churn_mlops.data.checking import (
    check_tables,
    contracts_table,
    describe_tables,
    make_contracts,
    profile_tables,
    reasons_table,
    sums_table,
)


def definition(source="people.csv", **columns):
    return Definition(Dataset("people", source, id="id", target="Churn"), Money(100, 10, 0.5), columns=columns)


RAW = {
    "table": pd.DataFrame(
        {
            "id": ["a", "b", "b", None, "c"],
            "spend": ["1", "abc", "2", "3", " "],
            "plan": ["x", "x", "y", "y", "x"],
            "Churn": ["yes", "no", "no", "yes", "no"],
        },
        dtype="str",
    )
}


@pytest.fixture(scope="module")
def checked():
    contracts = make_contracts(definition(spend=Column("number")), RAW, "people.csv")
    return contracts, *check_tables(contracts, RAW)


def test_rows_in_are_rows_kept_plus_rows_set_aside(checked):
    _, kept, quarantine = checked
    (row,) = sums_table(RAW, kept, quarantine).to_dict("records")
    assert row == {"table": "table", "rows in": 5, "kept": 2, "set aside": 3}


def test_reasons_are_counted_without_the_values(checked):
    reasons = reasons_table(checked[2]).set_index("reason")["rows"]
    assert reasons.to_dict() == {
        "spend is not a finite number": 1,
        "a second row for the same id": 1,
        "id is missing": 1,
    }


def test_no_row_set_aside_is_an_empty_table_of_reasons():
    raw = {"table": RAW["table"].iloc[[0, 4]]}
    _, quarantine = check_tables(make_contracts(definition(), raw, "people.csv"), raw)
    assert len(reasons_table(quarantine)) == 0


def test_the_contract_reads_as_a_table(checked):
    table = contracts_table(checked[0]).set_index("column")
    assert table.loc["id", ["kind", "required", "unique"]].tolist() == ["category", "yes", "yes"]
    assert table.loc["spend", ["kind", "required", "unique"]].tolist() == ["number", "", ""]


def test_the_profile_shows_what_is_missing_and_what_there_is(checked):
    profile = profile_tables(checked[1]).set_index("column")
    assert profile.loc["spend", ["missing", "distinct", "values"]].tolist() == [0.5, 1, "1 to 1"]
    assert profile.loc["plan", "values"] == "mostly x (100%)"


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (pd.Series([None, None], dtype="float64"), "nothing"),
        (pd.Series([1234.5, -2.0]), "-2 to 1,234.5"),
        (pd.Series(pd.to_datetime(["2024-01-01", "2024-03-01"])), "2024-01-01 to 2024-03-01"),
        (pd.Series(["a", "a", "b", None], dtype="str"), "mostly a (67%)"),
        (pd.Series(["a", "b", None, None], dtype="str"), "all different"),
    ],
)
def test_a_column_is_shown_by_range_or_commonest_value(values, seen):
    assert profile_tables({"t": values.to_frame("x")})["values"].tolist() == [seen]


def test_tables_are_described_with_the_days_they_span():
    days = pd.DataFrame({"a": pd.to_datetime(["2024-01-05", None]), "b": pd.to_datetime(["2024-01-01", "2024-02-01"])})
    table = describe_tables({"days": days, "plain": pd.DataFrame({"x": [1]})})
    assert table.to_numpy().tolist() == [["days", 2, 2, "2024-01-01 to 2024-02-01"], ["plain", 1, 1, ""]]


def test_the_simulators_tables_hold_no_negative_number_and_no_customer_twice():
    people = pd.DataFrame({"id": ["a", "a", "b"], "age": [30.0, 31.0, 32.0]})
    payments = pd.DataFrame({"id": ["a", "a", None], "amount": [10.0, -1.0, 10.0]})
    raw = {"customers": people, "payments": payments}
    kept, quarantine = check_tables(make_contracts(definition("simulator"), raw, "simulator"), raw)
    assert {name: len(table) for name, table in kept.items()} == {"customers": 2, "payments": 1}
    assert dict(zip(quarantine["table"] + quarantine["row"].astype(str), quarantine["reasons"], strict=True)) == {
        "customers2": "a second row for the same id",
        "payments2": "amount -1.0 is below 0",
        "payments3": "id is missing",
    }
