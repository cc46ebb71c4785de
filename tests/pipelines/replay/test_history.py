"""One build of all snapshots holds for each day: what a replay sees of a day is what a run as of that day would see."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.pipelines.replay.conftest import CLUB, SMALL, club_table, history_from
from tests.test_as_of import log

from churn_mlops.config import Dataset, Definition, Events, Money
from churn_mlops.data.asof import as_of_tables
from churn_mlops.data.engine import stored
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.features.build import build
from churn_mlops.pipelines.replay.history import history_of
from churn_mlops.pipelines.replay.training import train_at

pytestmark = pytest.mark.slow

MONEY = Money(100, 5, 0.5)
SHOP = Definition(
    Dataset("s", "simulator", "customer_id", "churned", snapshot_date="snapshot_date", horizon_days=30),
    MONEY,
    {"customers": 2000, "months": 20, "seed": 3},
)
LOG = Definition(
    Dataset("log", "log.csv", "id", snapshot_date="snapshot_date", horizon_days=30),
    MONEY,
    events=Events(time="at", amount="paid", first="2024-02-01", windows=(7, 30), active_days=60),
)


def tables_of(definition):
    if definition is SHOP:
        return simulate(SimulatorSettings.from_dict(definition.simulator))
    return {"table": club_table() if definition is CLUB else log()}


def as_known_on(definition, tables, day):
    """What a run as of that day builds of the same tables."""
    known = as_of_tables(definition, {name: stored(frame) for name, frame in tables.items()}, day)
    return build(replace(definition, as_of=day), known, 6)


@pytest.mark.parametrize("days", [("2024-05-01", "2024-06-01")], ids=["two days"])
@pytest.mark.parametrize(
    "definition", [CLUB, LOG, pytest.param(SHOP, marks=pytest.mark.slow)], ids=lambda d: d.dataset.name
)
def test_what_was_known_on_a_day_is_what_the_library_shows_of_that_day(definition, days):
    tables = tables_of(definition)
    history = history_of(definition, "", build(definition, tables, 6))
    if definition is SHOP:
        days = ("2024-12-01", "2025-06-01")
    date, id = definition.dataset.snapshot_date, definition.dataset.id
    for day in days:
        moment = pd.Timestamp(day)
        then = as_known_on(definition, tables, f"{moment + pd.Timedelta(days=1):%Y-%m-%d}")  # all of that day's events
        rows = history.rows(history.matured(moment))
        expected = then.labels.sort_values([date, id], ignore_index=True)[[id, date, "churned"]]
        mine = history.labels.iloc[rows].sort_values([date, id], ignore_index=True)
        pd.testing.assert_frame_equal(mine, expected, check_dtype=False)
        features = then.features.sort_values([date, id], ignore_index=True)
        mine = history.features.iloc[rows].sort_values([date, id], ignore_index=True)
        pd.testing.assert_frame_equal(mine, features, check_exact=definition is not LOG)
        active = history.features.iloc[history.rows([moment])].sort_values(id, ignore_index=True)
        expected = then.active[then.active[date] == moment].sort_values(id, ignore_index=True)
        pd.testing.assert_frame_equal(active, expected, check_exact=definition is not LOG)
        assert len(active)


def test_a_training_comes_to_the_same_bytes_whether_or_not_there_is_a_later_day():
    tables = tables_of(CLUB)
    whole, then = history_from(tables["table"]), as_known_on(CLUB, tables, "2024-08-01")
    later, known = (train_at(one, SMALL, "2024-08-01", 6) for one in (whole, history_of(CLUB, "", then)))
    assert "failed" not in known.facts
    assert (later.facts, later.model) == (known.facts, known.model)


def test_a_label_is_known_once_its_horizon_is_over(club):
    days = pd.to_datetime(["2024-03-01", "2024-03-31", "2024-04-01"])
    assert [len(club.matured(day)) for day in days] == [1, 3, 3]  # 30 days from 1 March are over on the 31st
    assert club.labels_in(pd.Timestamp("2024-03-01")) == pd.Timestamp("2024-04-01")
    assert club.labels_in(pd.Timestamp("2024-12-01")) == pd.Timestamp("2024-12-31")
    assert np.array_equal(club.rows(club.snapshots), np.arange(len(club.labels)))
