"""What exports really hold, from file to table: repaired, set aside with the reason, or refused with the cure."""

import gzip
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from churn_mlops.config import Column, Dataset, Definition, Money
from churn_mlops.data.checking import take_in
from churn_mlops.data.expectations import Expectations, check_dataset
from churn_mlops.data.sources import open_source
from churn_mlops.data.target import check_outcomes, churned, count_outcomes
from churn_mlops.errors import DataError

FUTURE = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}"
AFTER = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


def rows(*values, header="id,x,left", separator=","):
    """A file with these values in its middle column, a customer a line, of whom every other has left."""
    lines = [separator.join((f"c{n}", value, ("yes", "no")[n % 2])) for n, value in enumerate(values)]
    return "\n".join([header.replace(",", separator), *lines, ""])


class Taken:
    """What became of a file."""

    def __init__(self, folder, content, columns=None, name="shop.csv", **roles):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        roles = {"id": "id", "target": "left"} | roles
        self.definition = Definition(Dataset("shop", name, **roles), Money(100, 10, 0.5), columns=columns or {})
        self.checked = take_in(str(folder / "run"), self.definition, open_source(self.definition, str(path)))
        self.table = pd.read_parquet(self.checked.used["table"].path)
        aside = pd.read_parquet(folder / "run" / "quarantine.parquet")
        self.aside = dict(zip(aside["row"], aside["reasons"], strict=True))

    def column(self, name="x"):
        return [None if pd.isna(value) else value for value in self.table[name]]


def day(text):
    return pd.Timestamp(text)


NUMBERS, DATES = {"x": Column("number")}, {"x": Column("date")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "columns", "expected"),
    [
        (rows("1", " ", "2.5", ""), {}, [1, None, 2.5, None]),
        (rows("a", "NA", "b"), {}, ["a", "NA", "b"]),
        (rows("1", "NA", "2", "n/a"), {}, [1, None, 2, None]),
        (rows("1,5", "2,25", "-3,0", separator=";"), {}, [1.5, 2.25, -3]),
        (rows('"1,5"', '"2,25"', "3"), {}, [1.5, 2.25, 3]),
        (rows('"1,234.50"', '"12,000"', "7"), {}, [1234.5, 12000, 7]),
        (rows("1.234,50", "12.000,1", "7", separator=";"), {}, [1234.5, 12000.1, 7]),
        (rows("1 234.5", "2 000", "7"), {}, [1234.5, 2000, 7]),
        (rows("1\u00a0234", "2\u00a0000", "7"), {}, [1234, 2000, 7]),
        (rows("1'234", "2'000", "7"), {}, [1234, 2000, 7]),
        (rows("1e3", "-.5", "+2"), {}, [1000, -0.5, 2]),
        (rows("Yes", "No", "Yes"), {}, ["Yes", "No", "Yes"]),
        (rows("Yes", "No", "NA"), {"x": Column("boolean")}, ["yes", "no", None]),
        (rows("True.", "False.", "True."), {"x": Column("boolean")}, ["yes", "no", "yes"]),
        (rows("2024-01-31", "2024-02-01"), {}, [day("2024-01-31"), day("2024-02-01")]),
        (rows("31.01.2024", "1.2.2024"), {}, [day("2024-01-31"), day("2024-02-01")]),
        (rows("01/31/2024", "02/01/2024"), {}, [day("2024-01-31"), day("2024-02-01")]),
        (rows("31/01/2024", "01/02/2024 7:30"), {}, [day("2024-01-31"), day("2024-02-01 07:30")]),
        (rows("31-01-2024", "2024-02-01", "1.3.2024"), {}, [day("2024-01-31"), day("2024-02-01"), day("2024-03-01")]),
        (rows("01/01/2024", "02/02/2024"), {}, [day("2024-01-01"), day("2024-02-02")]),  # both ways the same
        (rows("01/02/2024"), {"x": Column(format="%m/%d/%Y")}, [day("2024-01-02")]),
        (rows("01/02/2024"), {"x": Column("date", format="%d/%m/%Y")}, [day("2024-02-01")]),
        (rows("", "", " "), {}, [None, None, None]),
        (rows("", "NA", " "), NUMBERS, [None, None, None]),
        (rows(FUTURE), {}, [day(FUTURE)]),  # the end of a contract may lie in the future
        (rows("1", "2", header=" id , x ,left "), {}, [1, 2]),
        ("\ufeff" + rows("1", "2"), {}, [1, 2]),
        (rows("Köln", "Café").encode("latin-1"), {}, ["Köln", "Café"]),
        (rows("1", "2").replace("yes", "yes,").replace("no", "no,"), {}, [1, 2]),  # a separator too many in each line
    ],
)
def test_what_can_be_told_for_sure_is_repaired(tmp_path, content, columns, expected):
    taken = Taken(tmp_path, content, columns)
    assert (taken.column(), taken.aside) == (expected, {})


@pytest.mark.parametrize(
    ("content", "columns", "aside"),
    [
        (rows("1", "inf", "2"), {}, {2: "x 'inf' is not a finite number"}),
        (rows("1", "abc", "2"), NUMBERS, {2: "x 'abc' is not a finite number"}),
        (rows('"1,5"', '"2,25"', "1.234.5"), NUMBERS, {3: "x '1.234.5' is not a finite number"}),
        (rows("31/01/2024", "1/2/2024", "soon"), DATES, {3: "x 'soon' is not a date"}),
        (rows("2024-02-30", "2024-02-28"), {}, {1: "x '2024-02-30' is not a date"}),
        (rows("31.01.2024", "30.02.2024"), {}, {2: "x '30.02.2024' is not a date"}),
        (rows("maybe", "yes"), {"x": Column("boolean")}, {1: "x 'maybe' is neither true nor false"}),
        (rows("1", "-1"), {"x": Column(low=0)}, {2: "x '-1' is below 0"}),
        (rows("", "1"), {"x": Column("number", required=True)}, {1: "x is missing"}),
        (rows("a", "b", "c"), {"x": Column(values=("a", "b"))}, {3: "x 'c' is not one of its values"}),
        (rows("1", "2\0", "3"), {}, {2: "a NUL byte in it"}),
        (rows("1", "2,9", "3", "4"), {}, {2: "4 fields, 3 expected"}),
        (rows("1", "2", "3") + "c1,2,no\n", {}, {4: "the same as row 2"}),
        (rows("1", "2", "3") + "c1,7,no\n", {}, {4: "a second row for the same id"}),
    ],
)
def test_a_row_that_breaks_the_contract_is_set_aside_with_its_number_and_reason(tmp_path, content, columns, aside):
    taken = Taken(tmp_path, content, columns)
    assert taken.aside == aside
    assert taken.checked.set_aside("table") == len(aside)
    assert taken.checked.rows_in("table") == len(taken.table) + len(aside)


def test_numbers_of_rows_count_those_that_could_not_be_read(tmp_path):
    taken = Taken(tmp_path, rows("1", "2,9", "abc", "4", "5") + "c4,5,yes\n", NUMBERS)
    assert taken.aside == {
        2: "4 fields, 3 expected",
        3: "x 'abc' is not a finite number",
        6: "the same as row 5",
    }


def test_of_a_customer_with_different_labels_no_row_is_kept_for_none_is_known_to_be_right(tmp_path):
    taken = Taken(tmp_path, rows("1", "2", "3") + "c1,2,yes\nc1,2,no\n")
    told = "another row for the same id has another left: which is right is not known"
    assert taken.aside == dict.fromkeys((2, 4, 5), told)
    assert taken.column("id") == ["c0", "c2"]


def test_a_snapshot_in_the_future_is_set_aside_but_not_one_of_today_in_another_time_zone(tmp_path):
    taken = Taken(tmp_path, rows("2024-01-01", AFTER, FUTURE), snapshot_date="x")
    assert list(taken.aside) == [3]
    assert "in the future" in taken.aside[3]


@pytest.mark.parametrize(
    ("values", "labels"),
    [(("1", "-1", "-1"), [1, 0, 0]), (("True.", "False.", " True. "), [1, 0, 1]), (("1.0", "-1.0"), [1, 0])],
)
def test_a_target_of_two_values_is_understood(tmp_path, values, labels):
    taken = Taken(tmp_path, rows(*values), target="x")
    check_outcomes(taken.definition, taken.checked.tables(), "shop.csv")
    assert churned(taken.table, taken.definition.dataset).tolist() == labels
    assert count_outcomes(taken.definition, taken.checked.tables())["left"].sum() == sum(labels)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (rows("01/02/2024", "03/04/2024"), "shop.csv", "whether the day or the month comes first.*Cure.*format"),
        (rows("31/01/2024", "01/31/2024"), "shop.csv", "in some of its dates the day comes first.*Cure.*format"),
        (rows("1", header="id,id,left"), "shop.csv", "names `id` twice.*Cure"),
        (gzip.compress(rows(*map(str, range(9999))).encode(), mtime=0)[:-40], "shop.csv.gz", "cannot be read.*Cure"),
        ("id,x,left\n", "shop.csv", "a header and no rows.*Cure"),
    ],
)
def test_what_could_be_meant_in_two_ways_or_is_cut_off_is_refused_with_the_cure(tmp_path, content, name, told):
    with pytest.raises(DataError, match=f"(?s){told}"):
        Taken(tmp_path, content, name=name)


def test_a_column_that_is_all_missing_is_kept_unless_the_definition_wants_values(tmp_path):
    taken = Taken(tmp_path, rows("", ""), {"x": Column(max_missing=0.5)})
    outcomes = count_outcomes(taken.definition, taken.checked.tables())
    with pytest.raises(DataError, match=r"column `x`: 100\.0% of its values are missing; at most 50\.0% may.*Cure"):
        check_dataset(Expectations(), taken.definition, taken.checked, outcomes, None, None)
