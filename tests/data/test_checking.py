from dataclasses import replace

import pandas as pd
import pytest

from churn_mlops.archive import tables
from churn_mlops.config import Column, Dataset, Definition, Events, Money
from churn_mlops.data import storing
from churn_mlops.data.checking import reasons_table, sums_table, take_in
from churn_mlops.data.contract import contracts_table
from churn_mlops.data.engine import stored
from churn_mlops.data.profile import describe_tables, profile_tables
from churn_mlops.data.sources import Source
from churn_mlops.errors import CheckError


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


def take(folder, definition, tables):
    return take_in(str(folder), definition, Source({name: stored(frame) for name, frame in tables.items()}))


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    return take(tmp_path_factory.mktemp("run"), definition(spend=Column("number")), RAW)


def test_rows_in_are_rows_kept_plus_rows_set_aside(checked):
    (row,) = sums_table(checked).to_dict("records")
    assert row == {"table": "table", "rows in": 5, "kept": 2, "set aside": 3}


def test_a_row_that_is_lost_stops_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(storing._Copy, "add", lambda *arguments: None)
    monkeypatch.setattr(storing.Checker, "converted", lambda checker, piece: piece.slice(1))
    with pytest.raises(CheckError, match="table `table`: 5 rows in, 2 kept and 2 set aside: 1 are lost"):
        take(tmp_path, definition(spend=Column("number")), {"table": RAW["table"].assign(Churn="yes")})


def test_reasons_are_counted_without_the_values(checked):
    reasons = reasons_table(checked).set_index("reason")["rows"]
    assert reasons.to_dict() == {
        "spend is not a finite number": 1,
        "a second row for the same id": 1,
        "id is missing": 1,
    }


def test_no_row_set_aside_is_an_empty_table_of_reasons(tmp_path):
    assert len(reasons_table(take(tmp_path, definition(), {"table": RAW["table"].iloc[[0, 4]]}))) == 0


def test_the_contract_reads_as_a_table(checked):
    table = contracts_table(list(checked.contracts)).set_index("column")
    assert table.loc["id", ["kind", "required", "unique"]].tolist() == ["category", "yes", "yes"]
    assert table.loc["spend", ["kind", "required", "unique"]].tolist() == ["number", "", ""]


def test_the_profile_shows_what_is_missing_and_what_there_is(checked):
    profile = profile_tables(checked.tables()).set_index("column")
    assert profile.loc["spend", ["missing", "distinct", "values"]].tolist() == [0.5, 1, "1 to 1"]
    assert profile.loc["plan", "values"] == "mostly x (100%)"


@pytest.mark.slow
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
    assert profile_tables({"t": stored(values.to_frame("x"))})["values"].tolist() == [seen]


def test_tables_are_described_with_the_days_they_span():
    days = pd.DataFrame({"a": pd.to_datetime(["2024-01-05", None]), "b": pd.to_datetime(["2024-01-01", "2024-02-01"])})
    table = describe_tables({"days": stored(days), "plain": stored(pd.DataFrame({"x": [1]}))})
    assert table.to_numpy().tolist() == [["days", 2, 2, "2024-01-01 to 2024-02-01"], ["plain", 1, 1, ""]]


def test_the_simulators_tables_hold_no_negative_number_and_no_customer_twice(tmp_path):
    people = pd.DataFrame({"id": ["a", "a", "b"], "age": [30.0, 31.0, 32.0]})
    payments = pd.DataFrame({"id": ["a", "a", None], "amount": [10.0, -1.0, 10.0]})
    checked = take(tmp_path, definition("simulator"), {"customers": people, "payments": payments})
    assert {name: used.rows for name, used in checked.used.items()} == {"customers": 2, "payments": 1}
    aside = pd.read_parquet(tmp_path / "quarantine.parquet")
    assert dict(zip(aside["table"] + aside["row"].astype(str), aside["reasons"], strict=True)) == {
        "customers2": "a second row for the same id",
        "payments2": "amount -1.0 is below 0",
        "payments3": "id is missing",
    }


def test_a_log_of_events_sets_aside_what_its_definition_expects(tmp_path):
    log = pd.DataFrame({"who": ["a", "a", None, "b"], "at": ["2024-01-01"] * 4, "what": ["x", "x", "x", "y"]})
    roles = Dataset("log", "log.csv", id="who", snapshot_date="snapshot_date")
    logged = Definition(roles, Money(100, 10, 0.5), events=Events(time="at", kind="what"))
    checked = take(tmp_path, logged, {"table": log})
    assert dict(checked.expected) == {"table": 2}
    assert {reason: rows for (_, reason), rows in checked.reasons.items()} == {
        "the same as an earlier row": 1,
        "who is missing": 1,
    }
    keeps = replace(logged, events=Events(time="at", kind="what", duplicates="keep"))
    assert take(tmp_path / "again", keeps, {"table": log}).used["table"].rows == 3


def test_pieces_of_any_size_give_the_same_rows_numbers_and_digests(tmp_path, monkeypatch):
    whole = take(tmp_path / "whole", definition(spend=Column("number")), RAW)
    for module in (storing, tables):
        monkeypatch.setattr(module, "GROUP_ROWS", 2)
    pieces = take(tmp_path / "pieces", definition(spend=Column("number")), RAW)
    assert (pieces.used["table"].digest, pieces.read["table"].digest) == (
        whole.used["table"].digest,
        whole.read["table"].digest,
    )
    one, other = (pd.read_parquet(tmp_path / name / "quarantine.parquet") for name in ("whole", "pieces"))
    pd.testing.assert_frame_equal(one, other)


def test_what_the_contract_does_not_change_is_stored_once_also_where_a_late_row_differs(tmp_path, monkeypatch):
    for module in (storing, tables):
        monkeypatch.setattr(module, "GROUP_ROWS", 2)
    clean = pd.DataFrame({"id": list("abcde"), "Churn": ["yes", "no"] * 2 + ["yes"], "spend": [1.0, 2, 3, 4, 5]})
    same = take(tmp_path / "same", definition(), {"table": clean})
    assert same.read["table"].path == same.used["table"].path == tmp_path / "same" / "tables" / "table.parquet"
    assert not (tmp_path / "same" / "read" / "table.parquet").exists()
    late = take(tmp_path / "late", definition(), {"table": clean.assign(spend=[1.0, 2, 3, 4, float("inf")])})
    assert late.read["table"].path.exists()
    pd.testing.assert_frame_equal(pd.read_parquet(late.used["table"].path), clean.iloc[:4])
