from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from churn_mlops.config import Column, Dataset, Definition, Events, Money
from churn_mlops.data.asof import as_known, as_of_tables, with_moments
from churn_mlops.data.engine import stored
from churn_mlops.data.profile import describe_tables
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.errors import ConfigError, DataError

MONEY = Money(100, 10, 0.5)
TIMED = Definition(Dataset("t", "t.csv", "id", "left", snapshot_date="day", horizon_days=30), MONEY)
PLAIN = Definition(Dataset("p", "p.csv", "id", "left"), MONEY)
LOG = Definition(Dataset("l", "l.csv", "id", snapshot_date="snapshot_date"), MONEY, events=Events(time="at"))
SHOP = Definition(
    Dataset("s", "simulator", "customer_id", "churned", snapshot_date="snapshot_date"),
    MONEY,
    {"customers": 500, "months": 12, "start": "2024-01-01"},
)


def seen(definition, as_of, **tables):
    """The tables as of a day, as data frames."""
    known = as_of_tables(definition, {name: stored(frame) for name, frame in tables.items()}, as_of)
    return {name: table.to_pandas() for name, table in known.items()}


SNAPSHOTS = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "day": ["2024-01-01", " 2024-02-01", "2024-02-02T10:00:00", "soon"],
        "left": ["yes", "no", "yes", None],
    }
).astype("str")


@pytest.mark.parametrize(
    ("as_of", "ids", "labels"),
    [
        ("2024-01-30", ["a", "d"], [None, None]),
        ("2024-01-31", ["a", "d"], ["yes", None]),  # 30 days after 1 January are over
        ("2024-02-01", ["a", "b", "d"], ["yes", None, None]),  # its own day is known, on its midnight
        ("2024-02-02", ["a", "b", "d"], ["yes", None, None]),  # ten o'clock is not
        ("2024-02-03", ["a", "b", "c", "d"], ["yes", None, None, None]),
        ("2024-03-02", ["a", "b", "c", "d"], ["yes", "no", None, None]),
        ("2024-03-04", ["a", "b", "c", "d"], ["yes", "no", "yes", None]),
    ],
)
@pytest.mark.parametrize("typed", [False, True], ids=["text", "typed"])
def test_later_snapshots_and_labels_whose_horizon_is_open_are_hidden(as_of, ids, labels, typed):
    frame = SNAPSHOTS
    if typed:
        days = pd.to_datetime(frame["day"].str.strip(), errors="coerce", format="ISO8601")
        frame = frame.assign(day=days.astype("datetime64[us]"))
    found = seen(TIMED, as_of, table=frame)["table"]
    assert found["id"].tolist() == ids  # one whose day cannot be read stays, for the contract to set it aside
    assert [None if pd.isna(label) else label for label in found["left"]] == labels
    assert found["day"].tolist()[:-1] == frame["day"][frame["id"].isin(ids)].tolist()[:-1]


@pytest.mark.parametrize(
    ("days", "form", "known"),
    [
        (["01.02.2024", "29.02.2024", "02.03.2024"], "", 2),
        (["1/2/2024", "29/2/2024", "2/3/2024"], "", 2),  # the 29 says that the day comes first
        (["2/1/2024", "2/29/2024", "3/2/2024"], "", 2),
        (["2024/2/1", "2024-2-29", "2024-03-02"], "", 2),
        (["2024-02-01T00:00:00+02:00", "2024-03-01T01:30:00+02:00", "2024-03-01T00:00:01Z"], "", 2),  # in UTC
        (["010224", "290224", "020324"], "%d%m%y", 2),
        (["02/03/2024", "03/01/2024", "02/29/2024"], "%m/%d/%Y", 3),
    ],
)
def test_days_are_read_as_the_contract_reads_them(days, form, known):
    columns = {"day": Column("date", format=form)} if form else {}
    frame = pd.DataFrame({"id": ["a", "b", "c"], "day": days, "left": "no"})
    found = seen(replace(TIMED, columns=columns), "2024-03-01", table=frame)["table"]
    assert found["id"].tolist() == ["a", "b", "c"][:known]


def test_days_that_can_be_read_in_two_ways_are_refused_and_not_guessed():
    frame = pd.DataFrame({"id": ["a"], "day": ["01/02/2024"], "left": "no"})
    with pytest.raises(DataError, match=r"whether the day or the month comes first cannot be told.*Cure"):
        seen(TIMED, "2024-03-01", table=frame)


@pytest.mark.parametrize(
    ("definition", "column", "days", "span"),
    [
        (TIMED, "day", ["2024-01-01", "soon", "2024-02-02T10:00:00"], "2024-01-01 to 2024-02-02"),
        (LOG, "at", ["31.01.2024", "01.03.2024"], "2024-01-31 to 2024-03-01"),
        (LOG, "at", ["01/02/2024", "03/04/2024"], ""),  # the contract asks which way
        (LOG, "other", ["2024-01-01"], ""),
        (PLAIN, "day", ["2024-01-01"], ""),
    ],
)
def test_the_days_a_table_spans_are_shown_as_soon_as_it_is_read(definition, column, days, span):
    tables = {"table": stored(pd.DataFrame({column: days}, dtype="str"))}
    assert describe_tables(with_moments(definition, tables))["span"].tolist() == [span]


def test_later_events_are_hidden_those_of_the_day_itself_too_once_it_has_begun():
    log = pd.DataFrame({"id": list("abc"), "at": ["2024-01-31T23:59:59", "2024-02-01T00:00:00", "2024-02-01T00:00:01"]})
    assert seen(LOG, "2024-02-01", table=log)["table"]["id"].tolist() == ["a", "b"]


@pytest.fixture(scope="module")
def shop():
    return simulate(SimulatorSettings.from_dict(SHOP.simulator))


@pytest.mark.parametrize("as_of", ["2024-06-01", "2024-08-17", "2025-01-01"])
def test_every_table_of_the_simulator_ends_on_the_day(shop, as_of):
    day, found = pd.Timestamp(as_of), seen(SHOP, as_of, **shop)
    moments = {
        "customers": "signup_date",
        "contracts": "start",
        "prices": "month",
        "payments": "due",
        "usage": "known_on",
        "contacts": "date",
        "cancellations": "cancelled_on",
    }
    for name, column in moments.items():
        rows = shop[name][shop[name][column] <= day]
        pd.testing.assert_series_equal(found[name][column], rows[column].reset_index(drop=True))
    assert found["payments"]["paid_on"].max() <= day
    late = shop["payments"]["paid_on"] > day
    assert (
        found["payments"]["paid_on"].isna().sum()
        == (shop["payments"]["paid_on"].isna() | late)[shop["payments"]["due"] <= day].sum()
    )
    assert found["truth"]["snapshot_date"].max() <= day - pd.Timedelta(days=30)
    assert len(found["plans"]) == len(shop["plans"])


def test_on_the_last_day_of_the_simulation_nothing_but_the_open_months_truth_is_hidden(shop):
    found = seen(SHOP, "2025-01-01", **shop)
    assert {name for name in shop if len(found[name]) < len(shop[name])} == set()


def test_without_a_day_the_tables_are_the_same_ones():
    tables = {"table": object()}
    assert as_of_tables(TIMED, tables) is tables


def test_the_definition_carries_its_day_and_the_door_reads_it_there():
    definition = as_known(TIMED, "2024-01-30")
    assert Definition.from_json(definition.to_json()).as_of == "2024-01-30"
    assert len(seen(definition, "", table=SNAPSHOTS)["table"]) == 2
    assert as_known(TIMED, "") is TIMED


@pytest.mark.parametrize(
    "as_of", ["yesterday", "2024-13-01", "2024-02-30", "20240201", "2024-2-1", "2024-02-01T10:00", " "]
)
def test_what_is_no_day_is_refused(as_of):
    with pytest.raises(ConfigError, match="not a day"):
        as_known(TIMED, as_of)


@pytest.mark.parametrize(
    ("definition", "as_of", "told"),
    [
        (TIMED, f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}", "expected a day from 1900-01-01 to"),
        (SHOP, "2023-12-31", "expected a day from 2024-01-01 to 2025-01-01"),
        (SHOP, "2025-01-02", "expected a day from 2024-01-01 to 2025-01-01"),
        (PLAIN, "2024-01-01", "rows of `p` say nowhere when they were known. Cure: name the column .* snapshot_date"),
    ],
)
def test_a_day_that_data_cannot_be_of_is_refused_before_any_work(definition, as_of, told):
    with pytest.raises(ConfigError, match=told):
        as_known(definition, as_of)


def test_a_table_without_time_passes_no_door():
    with pytest.raises(DataError, match="say nowhere when they were known"):
        as_of_tables(PLAIN, {"table": stored(SNAPSHOTS)}, "2024-01-01")


def test_a_day_on_which_nothing_was_known_is_told_with_the_first_that_would_do():
    with pytest.raises(DataError, match=r"as of 2023-01-01: no row was known; the first `day` is 2024-01-01"):
        seen(TIMED, "2023-01-01", table=SNAPSHOTS[:3])
