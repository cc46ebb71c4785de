import datetime
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.conftest import apply_contract, contract_for, guess_kind, texts

from churn_mlops.config import Column, Dataset, Definition, Money
from churn_mlops.data.contract import Contract, Rule
from churn_mlops.errors import MissingColumns


def defined(columns=None, **roles) -> Definition:
    """A definition of PEOPLE, or with other roles."""
    dataset = Dataset(**{"name": "d", "source": "d.csv", "id": "customerID", "target": "Churn", **roles})
    return Definition(dataset, Money(100, 10, 0.5), columns=columns or {})


def one_column(kind, *values, **rule):
    """What becomes of the values of one column under one rule: (kept values, reasons by row)."""
    kept, quarantine = apply_contract(texts(x=values), Contract("table", {"x": Rule(kind, **rule)}))
    return kept["x"], dict(zip(quarantine["row"], quarantine["reasons"], strict=True))


@pytest.mark.parametrize("blank", ["", " ", "\t ", None])
@pytest.mark.parametrize("kind", ["number", "date", "category", "boolean"])
def test_a_blank_text_is_a_missing_value_of_any_kind(kind, blank):
    kept, reasons = one_column(kind, blank)
    assert kept.isna().tolist() == [True]
    assert reasons == {}


@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_blank_text_is_not_enough_where_a_value_is_required(blank):
    _, reasons = one_column("number", "1", blank, required=True)
    assert reasons == {2: "x is missing"}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", "29.85", 29.85),
        ("number", " 7 ", 7.0),
        ("number", "-1e3", -1000.0),
        ("category", " two year ", "two year"),
        ("category", "0", "0"),
        ("boolean", "TRUE", "yes"),
        ("boolean", "1", "yes"),
        ("boolean", "No", "no"),
        ("boolean", "0", "no"),
        ("date", "2024-02-29", pd.Timestamp("2024-02-29")),
        ("date", "2024-02-29 13:30", pd.Timestamp("2024-02-29 13:30")),
        ("date", "2024-02-29T01:00:00+02:00", pd.Timestamp("2024-02-28 23:00")),  # in UTC, like every other
        ("date", "29.02.2024", pd.Timestamp("2024-02-29")),  # with dots the day comes first, everywhere
        ("date", "2024/2/9 7:05", pd.Timestamp("2024-02-09 07:05")),
        ("boolean", "True.", "yes"),
        ("number", "n/a", None),
        ("category", "NA", "NA"),
        ("date", "9999-12-31", pd.Timestamp("9999-12-31").as_unit("us")),
    ],
)
def test_a_text_becomes_a_value_of_its_kind(kind, text, expected):
    kept, reasons = one_column(kind, text)
    assert ([None if pd.isna(value) else value for value in kept], reasons) == ([expected], {})


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("number", "abc", "x 'abc' is not a finite number"),
        ("number", "inf", "x 'inf' is not a finite number"),
        ("number", "-Infinity", "x '-Infinity' is not a finite number"),
        ("number", "1e999", "x '1e999' is not a finite number"),
        ("number", "1,5", "x '1,5' is not a finite number"),
        ("date", "2024-02-30", "x '2024-02-30' is not a date"),
        ("date", "soon", "x 'soon' is not a date"),
        ("boolean", "perhaps", "x 'perhaps' is neither true nor false"),
    ],
)
def test_a_text_that_is_no_value_of_its_kind_sets_its_row_aside_with_row_number_and_reason(kind, text, reason):
    kept, reasons = one_column(kind, "", text)
    assert reasons == {2: reason}
    assert len(kept) == 1


def test_dates_with_and_without_a_time_zone_may_stand_in_one_column():
    kept, reasons = one_column("date", "2024-01-01", "2024-01-01T00:00:00Z", "no date", "2024-01-01T00:00:00-05:00")
    assert reasons == {3: "x 'no date' is not a date"}
    assert [f"{day:%H:%M}" for day in kept] == ["00:00", "00:00", "05:00"]
    assert kept.dtype == "datetime64[us]"


@pytest.mark.parametrize(
    ("value", "reason"), [(-0.5, "is below 0"), (10.5, "is above 10"), (0, None), (10, None), (np.nan, None)]
)
def test_bounds_are_inclusive_and_leave_missing_values_alone(value, reason):
    contract = Contract("table", {"x": Rule("number", low=0, high=10)})
    _, quarantine = apply_contract(pd.DataFrame({"x": [value]}), contract)
    assert quarantine["reasons"].tolist() == ([f"x {value!r} {reason}"] if reason else [])


def test_an_infinite_number_is_set_aside_also_where_it_was_never_text():
    kept, quarantine = apply_contract(
        pd.DataFrame({"x": [1.0, np.inf, np.nan]}), Contract("table", {"x": Rule("number")})
    )
    assert (len(kept), quarantine["row"].tolist()) == (2, [2])


def test_a_row_set_aside_keeps_its_values_and_every_reason():
    frame = texts(id=["a", None], spend=["1", "abc"], day=["2024-01-01", "never"])
    rules = {"id": Rule("category", required=True), "spend": Rule("number"), "day": Rule("date")}
    _, quarantine = apply_contract(frame, Contract("people", rules))
    (row,) = quarantine.to_dict("records")
    assert (row["table"], row["row"]) == ("people", 2)
    assert set(row["reasons"].split("; ")) == {
        "id is missing",
        "spend 'abc' is not a finite number",
        "day 'never' is not a date",
    }
    assert json.loads(row["values"]) == {"id": None, "spend": "abc", "day": "never"}


@pytest.mark.parametrize(
    ("ids", "aside"),
    [
        (["a", "b", "c"], {}),
        (["a", "b", "a", "a"], {3: 1, 4: 1}),  # the first one stays
        (["a", " a "], {2: 1}),
        (["a", "A"], {}),
    ],
)
def test_an_id_occurs_once_and_its_first_row_stays(ids, aside):
    contract = Contract("table", {"id": Rule("category", required=True)}, unique=("id",))
    _, quarantine = apply_contract(texts(id=ids), contract)
    reasons = dict(zip(quarantine["row"], quarantine["reasons"], strict=True))
    assert reasons == {row: f"the same as row {first}" for row, first in aside.items()}


def test_missing_ids_are_missing_and_not_duplicates_of_each_other():
    contract = Contract("table", {"id": Rule("category", required=True)}, unique=("id",))
    _, quarantine = apply_contract(texts(id=[None, "", "a"]), contract)
    assert quarantine["reasons"].tolist() == ["id is missing", "id is missing"]


def test_a_customer_has_one_row_a_snapshot_however_its_date_is_written():
    shop = defined(id="id", target="left", snapshot_date="day")
    frame = texts(
        id=["a", "a", "b", "a"], day=["2024-01-01", "2024-02-01", "2024-01-01", "2024-01-01 00:00"], left=["0"] * 4
    )
    _, quarantine = apply_contract(frame, contract_for(shop, frame, "table"))
    assert quarantine["reasons"].to_dict() == {0: "a second row for the same id and day"}
    assert quarantine["row"].tolist() == [4]


def test_a_table_of_bad_rows_alone_leaves_an_empty_table_with_its_types():
    kept, quarantine = apply_contract(texts(x=["a", "b"]), Contract("table", {"x": Rule("number")}))
    assert (len(kept), len(quarantine), kept["x"].dtype) == (0, 2, "float64")


def test_without_bad_rows_the_quarantine_is_an_empty_table_with_its_columns():
    _, quarantine = apply_contract(texts(x=["1"]), Contract("table", {"x": Rule("number")}))
    assert quarantine.dtypes.astype(str).to_dict() == {
        "table": "str",
        "row": "int64",
        "reasons": "str",
        "values": "str",
    }


KINDS = st.sampled_from(["number", "category", "boolean", "date"])
CELLS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "abc", "1", "-2.5", "inf", "nan", "yes", "2024-01-01", "2024-01-01T10:00Z", "1e400"]),
    st.text(max_size=6).filter(lambda text: text.isprintable()),
)


@pytest.mark.slow
@settings(max_examples=20)
@given(
    kinds=st.lists(KINDS, min_size=1, max_size=3),
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
    required=st.booleans(),
)
def test_every_row_is_either_kept_or_set_aside_and_what_is_kept_is_sound(kinds, rows, required):
    names = [f"c{n}" for n in range(len(kinds))]
    frame = texts(**{name: [row[n] for row in rows] for n, name in enumerate(names)})
    rules = {name: Rule(kind, required=required) for name, kind in zip(names, kinds, strict=True)}
    contract = Contract("table", rules, unique=("c0",))
    kept, quarantine = apply_contract(frame, contract)
    assert len(kept) + len(quarantine) == len(rows)
    assert quarantine["row"].is_unique
    assert quarantine["reasons"].str.len().gt(0).all()
    again, aside = apply_contract(kept, contract)  # what is kept keeps the contract
    assert len(aside) == 0
    pd.testing.assert_frame_equal(again, kept)
    assert not np.isinf(kept.select_dtypes("float64")).any(axis=None)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series(["1", " ", "2.5"], dtype="str"), "number"),
        (pd.Series(["1", "abc"], dtype="str"), "category"),
        (pd.Series(["1"] * 1500 + ["abc"], dtype="str"), "category"),  # also when it gives itself away late
        (pd.Series(["", " "], dtype="str"), "category"),
        (pd.Series([1, 2]), "number"),
        (pd.Series([True, False]), "boolean"),
        (pd.Series([True, None, False], dtype="object"), "boolean"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series(pd.to_datetime(["2024-01-01"])), "date"),
        (pd.Series([datetime.date(2024, 1, 1), None], dtype="object"), "date"),  # Parquet's date32
        (pd.Series(["a", "b"], dtype="category"), "category"),
        (pd.Series(["1", "2"], dtype="category"), "number"),
    ],
)
def test_a_kind_is_guessed_from_the_values(values, kind):
    assert guess_kind(values) == kind


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([True, False]), [True, False]),
        (pd.Series([True, None, False], dtype="object"), ["yes", None, "no"]),
        (pd.Series([True, None, False], dtype="boolean"), ["yes", None, "no"]),
        (pd.Series([datetime.date(2024, 1, 1), None], dtype="object"), [pd.Timestamp("2024-01-01"), None]),
        (pd.Series(pd.to_datetime(["2024-01-01T02:00+02:00"])), [pd.Timestamp("2024-01-01")]),
        (pd.Series(["1", "2"], dtype="category"), [1.0, 2.0]),
        (pd.Series([1, None], dtype="Int64"), [1.0, None]),
    ],
)
def test_a_typed_column_keeps_its_values(column, expected):
    kept, quarantine = apply_contract(column.to_frame("x"), Contract("table", {"x": Rule(guess_kind(column))}))
    assert [None if pd.isna(value) else value for value in kept["x"]] == expected
    assert len(quarantine) == 0


PEOPLE = texts(customerID=["a", "b"], Tenure=["1", "2"], Churn=["Yes", "No"], day=["2024-01-01"] * 2)


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"id": "customerid"}, r"`customerid` \(did you mean `customerID`\?\)"),
        ({"target": "churned"}, "`churned`"),
        ({"snapshot_date": "date"}, "`date`"),
        ({"drop": ("tenure",)}, r"`tenure` \(did you mean `Tenure`\?\)"),
        ({"slices": ("tenure",)}, r"`tenure` \(did you mean `Tenure`\?\)"),
        ({"columns": {"Spend": Column("number")}}, "`Spend`"),
        ({"id": "key", "target": "answer"}, "`key`, `answer`"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_the_nearest_and_the_cure(changed, missing):
    with pytest.raises(MissingColumns, match=f"d.csv: no column {missing}.*It has: customerID.*Cure") as caught:
        contract_for(defined(**changed), PEOPLE, "d.csv")
    assert caught.value.exit_code == 3


def test_the_definition_decides_over_what_the_values_show():
    columns = {"Tenure": Column("category", values=("1", "2")), "customerID": Column("number")}
    today, latest = datetime.datetime(2024, 3, 1), datetime.datetime(2024, 3, 2, 23, 59, 59, 999_999)
    contract = contract_for(defined(snapshot_date="day", columns=columns), PEOPLE, "table", today)
    assert contract.rules == {
        "customerID": Rule("category", required=True),  # an id is a name, whatever it looks like
        "Tenure": Rule("category", values=("1", "2")),
        "Churn": Rule("category"),
        "day": Rule("date", required=True, latest=latest),
    }
    assert contract.unique == ("customerID", "day")


@pytest.mark.parametrize(
    ("roles", "columns", "kind"),
    [
        ({}, {}, "number"),
        ({"drop": ("Tenure",)}, {}, "category"),  # nobody reads it, so nothing has to be found out
        ({"drop": ("Tenure",), "slices": ("Tenure",)}, {}, "number"),
        ({"drop": ("Tenure",)}, {"Tenure": Column(sensitive=True)}, "number"),
    ],
)
def test_a_dropped_column_that_is_looked_at_keeps_its_kind(roles, columns, kind):
    contract = contract_for(defined(columns, **roles), PEOPLE, "table")
    assert contract.rules["Tenure"].kind == kind
