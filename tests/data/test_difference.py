"""What changed between two tables is told by key where there is one, by content where there is none."""

from datetime import datetime
from decimal import Decimal

import pandas as pd
import pytest

from churn_mlops.data.difference import compare_tables, database, plain, read, spans

DAYS = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-02-01"]).astype("datetime64[us]")
TABLE = pd.DataFrame(
    {
        "id": ["a", "a", "b"],
        "day": DAYS,
        "spend": [1.5, None, 3.0],
        "plan": ["x", None, "y"],
        "sure": [True, False, None],
    }
)
KEY = ("id", "day")


@pytest.fixture
def compare(tmp_path):
    """Compares two DataFrames through Parquet files."""

    def compare(a, b, key=KEY, what=compare_tables):
        for name, frame in (("a", a), ("b", b)):
            frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
        with database() as con:
            tables = [read(con, tmp_path / f"{name}.parquet") for name in ("a", "b")]
            return what(*tables, *([key] if what is compare_tables else []))

    return compare


def changed(**cells):
    """The table with other values in some cells: column -> (row, value)."""
    frame = TABLE.copy()
    for name, (row, value) in cells.items():
        frame[name] = frame[name].astype(object)
        frame.loc[row, name] = value
        frame[name] = frame[name].astype(TABLE[name].dtype)
    return frame


@pytest.mark.slow
@pytest.mark.parametrize(
    ("b", "rows", "columns"),
    [
        (TABLE, (0, 0, 0), {}),
        (TABLE.iloc[::-1], (0, 0, 0), {}),
        (TABLE.iloc[1:], (0, 1, 0), {}),
        (changed(id=(2, "c")), (1, 1, 0), {}),
        (changed(spend=(0, 1.6)), (0, 0, 1), {"spend": 1}),
        (changed(spend=(1, 0.0), plan=(1, "")), (0, 0, 1), {"spend": 1, "plan": 1}),
        (changed(plan=(0, None)), (0, 0, 1), {"plan": 1}),
        (TABLE.assign(spend=9.0), (0, 0, 3), {"spend": 3}),
    ],
    ids=["nothing", "order", "a row less", "another customer", "a value", "missing and none", "lost", "a column"],
)
def test_rows_are_paired_by_id_and_date(compare, b, rows, columns):
    found = compare(TABLE, b)
    assert found["by"] == list(KEY)
    assert tuple(found["rows"][kind] for kind in ("added", "removed", "changed")) == rows
    assert found["changed_columns"] == columns


def test_examples_name_the_key_and_the_values_before_and_now(compare):
    found = compare(TABLE, pd.concat([changed(spend=(1, 2.5)), TABLE.iloc[:1].assign(id="z")]))
    assert found["examples"] == {
        "added": [{"id": "z", "day": "2024-01-01"}],
        "removed": [],
        "changed": [{"key": {"id": "a", "day": "2024-02-01"}, "values": {"spend": [None, 2.5]}}],
    }


@pytest.mark.parametrize(
    ("a", "b", "rows"),
    [
        (TABLE.drop(columns="day"), changed(spend=(0, 1.6)).drop(columns="day"), (1, 1)),  # two rows of one customer
        (TABLE.drop(columns=["id", "day"]), TABLE.iloc[:2].drop(columns=["id", "day"]), (0, 1)),
        (pd.concat([TABLE, TABLE]), TABLE, (0, 3)),
        (changed(id=(0, None)), TABLE, (1, 1)),  # no key is complete where one is missing
        (TABLE.iloc[[0, 0, 2]], TABLE.iloc[[0, 2, 2]], (1, 1)),
        (TABLE[["spend"]], TABLE[["spend"]].fillna(0.0), (1, 1)),
        (TABLE[["plan"]], TABLE[["plan"]].fillna(""), (1, 1)),
        (TABLE[["plan", "sure"]], TABLE[["plan", "sure"]].iloc[::-1], (0, 0)),
    ],
    ids=["not unique", "no key", "all twice", "a missing id", "as often", "no number", "no text", "another order"],
)
def test_without_a_key_rows_are_counted_by_content_however_often_they_stand_there(compare, a, b, rows):
    found = compare(a, b)
    assert found["by"] == []
    assert (found["rows"]["added"], found["rows"]["removed"], found["rows"]["changed"]) == (*rows, 0)
    assert [len(found["examples"][kind]) for kind in ("added", "removed")] == [min(n, 3) for n in rows]


def test_columns_added_removed_retyped_and_moved_are_told_and_not_compared(compare):
    b = TABLE.drop(columns="sure").assign(spend=["1.5", None, "3"], new=1)[["day", "id", "plan", "spend", "new"]]
    found = compare(TABLE, b)
    assert [entry["name"] for entry in found["columns"]["added"]] == ["new"]
    assert [entry["name"] for entry in found["columns"]["removed"]] == ["sure"]
    assert found["columns"]["retyped"] == [{"name": "spend", "a": "float64", "b": "string"}]
    assert found["columns"]["reordered"]
    assert found["rows"] == {"added": 0, "removed": 0, "changed": 0}


def test_a_key_of_another_type_is_no_key(compare):
    found = compare(TABLE.assign(id=[1, 2, 3]), TABLE.assign(id=["1", "2", "3"]), ("id",))
    assert (found["by"], found["columns"]["retyped"][0]["name"]) == ([], "id")


def test_tables_with_nothing_in_common_differ_in_every_row(compare):
    found = compare(TABLE[["id"]], TABLE[["plan"]])
    assert found["rows"] == {"added": 3, "removed": 3, "changed": 0}


def test_spans_of_dates_are_told_where_they_differ(compare):
    later = TABLE.assign(day=TABLE["day"] + pd.Timedelta(days=1))
    assert compare(TABLE, later, what=spans) == [
        {"column": "day", "a": ["2024-01-01", "2024-02-01"], "b": ["2024-01-02", "2024-02-02"]}
    ]
    assert compare(TABLE, TABLE, what=spans) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (3, 3),
        ("x", "x"),
        (1.5, 1.5),
        (Decimal("1.5"), 1.5),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (datetime(2024, 1, 1), "2024-01-01"),
        (datetime(2024, 1, 1, 5), "2024-01-01T05:00:00"),
        (b"x", "b'x'"),
        ([1], "[1]"),
    ],
    ids=str,
)
def test_every_value_can_be_told_as_json(value, shown):
    assert plain(value) == shown


def test_what_it_needs_of_the_disk_is_gone_afterwards():
    with database() as con:
        scratch = con.raw_sql("select current_setting('temp_directory')").fetchone()[0]
    assert "churn-diff-" in scratch
    from pathlib import Path

    assert not Path(scratch).exists()
