import json

import pandas as pd
import pytest
from tests.data.checked import as_checked

from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.data.checking import take_in
from churn_mlops.data.engine import stored
from churn_mlops.data.sources import Source, open_source
from churn_mlops.data.versions import load_data_version, load_definition, load_version, open_version, save_version
from churn_mlops.errors import DataError

TABLE = pd.DataFrame(
    {"id": ["a", "b", "c"], "spend": [1.5, None, 3.0], "plan": ["x", None, "y"], "Churn": ["yes", "no", "no"]}
)


def definition(snapshot_date="", source="people.csv"):
    dataset = Dataset("people", source, id="id", target="Churn", snapshot_date=snapshot_date, drop=("note",))
    return Definition(dataset, Money(100, 10, 0.5))


def save(folder, table, name="people.csv", **settings):
    return save_version(str(folder), definition(**settings), as_checked(folder, {"table": table}), name)


def from_file(folder, path):
    """The version of a file, through the real doors."""
    given = Definition(Dataset("people", path.name, id="id", target="Churn"), definition().money)
    return save_version(str(folder), given, take_in(str(folder), given, open_source(given, str(path))), str(path))


def test_the_version_depends_neither_on_the_files_name_nor_on_its_format(tmp_path):
    paths = [tmp_path / name for name in ("people.csv", "again.csv", "people.csv.gz", "people.parquet")]
    for path in paths:
        TABLE.to_parquet(path) if path.suffix == ".parquet" else TABLE.to_csv(path, index=False)
    found = {path.name: from_file(tmp_path / "run", path) for path in paths}
    assert len({version["version"] for version in found.values()}) == 1
    assert {version["source"] for version in found.values()} == set(found)


def test_the_same_table_has_the_same_version_and_the_same_bytes(tmp_path):
    first, second = save(tmp_path / "one", TABLE), save(tmp_path / "two", TABLE.copy())
    assert first == second
    one, two = (tmp_path / run / "tables" / "table.parquet" for run in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_the_definition_has_no_part_in_the_version(tmp_path):
    days = TABLE.assign(day=pd.to_datetime("2024-01-01"))
    assert save(tmp_path, days)["version"] == save(tmp_path, days, snapshot_date="day")["version"]


@pytest.mark.parametrize(
    "changed",
    [
        TABLE.assign(spend=[1.5, None, 3.0000001]),
        TABLE.assign(spend=[1.5, 0.0, 3.0]),
        TABLE.assign(plan=["x", "", "y"]),
        TABLE.rename(columns={"plan": "tariff"}),
        TABLE.iloc[::-1],
        TABLE.iloc[:2],
        TABLE[["id", "plan", "spend", "Churn"]],
    ],
    ids=["a value", "missing and zero", "missing and empty", "a name", "order", "a row less", "order of columns"],
)
def test_whatever_differs_in_the_table_is_another_version(tmp_path, changed):
    assert save(tmp_path, changed)["version"] != save(tmp_path, TABLE)["version"]


@pytest.mark.parametrize(
    ("columns", "snapshot_date", "newest"),
    [
        ({}, "", None),
        ({"day": ["2024-03-31", "2024-01-01", None]}, "", "2024-03-31"),
        ({"day": ["2024-01-01"] * 3, "other": ["2025-01-01", None, None]}, "", "2025-01-01"),
        ({"day": ["2024-01-01"] * 3, "other": ["2025-01-01", None, None]}, "day", "2024-01-01"),
        ({"day": ["2024-03-31", "9999-12-31", None]}, "", "2024-03-31"),  # days to come report on nothing
        ({"day": [None, None, None]}, "", None),
    ],
)
def test_the_newest_day_is_the_last_that_the_data_reports_on(tmp_path, columns, snapshot_date, newest):
    dates = {name: pd.Series(pd.to_datetime(days)).astype("datetime64[us]") for name, days in columns.items()}
    assert save(tmp_path, TABLE.assign(**dates), snapshot_date=snapshot_date)["newest"] == newest


def test_of_the_simulators_tables_only_what_has_happened_counts(tmp_path):
    def table(column, day):
        return pd.DataFrame({column: pd.to_datetime([day])})

    tables = {
        "payments": table("due", "2024-05-03"),
        "contacts": table("date", "2024-05-30"),
        "usage": table("known_on", "2024-05-31"),
        "contracts": table("end", "2030-01-01"),
    }
    found = save_version(str(tmp_path), definition(source="simulator"), as_checked(tmp_path, tables), "simulator")
    assert (found["oldest"], found["newest"], found["rows"]) == ("2024-05-03", "2024-05-31", 4)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    described = save(tmp_path, TABLE)
    loaded, tables = load_version(str(tmp_path))
    assert loaded == definition()
    pd.testing.assert_frame_equal(tables["table"], TABLE)
    assert load_data_version(str(tmp_path)) == described
    assert described["tables"]["table"]["rows"] == described["rows"] == 3
    assert json.loads((tmp_path / "data_version.json").read_text()) == described


def test_rows_set_aside_are_counted_and_kept_with_the_version(tmp_path):
    path = tmp_path / "people.csv"
    pd.concat([TABLE, TABLE.iloc[:1]]).to_csv(path, index=False)
    found = from_file(tmp_path / "run", path)
    assert (found["rows"], found["rows_quarantined"]) == (3, 1)
    assert pd.read_parquet(tmp_path / "run" / "quarantine.parquet")["row"].tolist() == [4]


@pytest.mark.parametrize("load", [load_definition, load_version])
def test_a_version_that_is_not_there_yet_says_which_stage_makes_it(tmp_path, load):
    with pytest.raises(DataError, match=r"definition\.json: not there yet.*Cure: run 01_data"):
        load(str(tmp_path))


def test_a_version_can_be_opened_without_reading_it(tmp_path):
    save(tmp_path, TABLE)
    loaded, tables = open_version(str(tmp_path))
    assert loaded == definition()
    assert tables["table"].filter(tables["table"]["spend"] > 2).count().execute() == 1
    pd.testing.assert_frame_equal(tables["table"].to_pyarrow().to_pandas(), TABLE)


def test_the_table_as_read_is_a_file_of_its_own_where_the_contract_has_changed_it(tmp_path):
    path = tmp_path / "people.csv"
    pd.concat([TABLE, TABLE.iloc[:1]]).to_csv(path, index=False)
    table = from_file(tmp_path / "run", path)["tables"]["table"]
    assert (table["file"], table["read_file"]) == ("tables/table.parquet", "read/table.parquet")
    assert (table["rows"], table["rows_read"]) == (3, 4)
    assert pd.read_parquet(tmp_path / "run" / "read" / "table.parquet")["spend"].tolist()[::3] == ["1.5", "1.5"]
    told = json.loads((tmp_path / "run" / "read" / "tables.json").read_text())
    assert told == {"table": {"digest": table["read"], "file": "read/table.parquet", "rows": 4}}


def test_a_table_that_needed_nothing_is_one_file_and_says_so(tmp_path):
    run, given = tmp_path / "run", definition()
    given = Definition(Dataset("people", "p.parquet", id="id", target="Churn"), given.money)
    checked = take_in(str(run), given, Source({"table": stored(TABLE)}))
    table = save_version(str(run), given, checked, "p.parquet")["tables"]["table"]
    assert table["digest"] == table["read"]
    assert table["file"] == table["read_file"] == "tables/table.parquet"
    assert not list((run / "read").glob("*.parquet"))
