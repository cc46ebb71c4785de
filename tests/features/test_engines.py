"""The feature definitions give the same on PostgreSQL as on DuckDB: written once, they run where the data is."""

from datetime import datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from tests.features.events.reference import COLUMNS, SERVICE, SHOP, log

from churn_mlops.data.events import count_by_month, count_meanings
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.features.events import build_events
from churn_mlops.features.windows import USED, build_features

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(postgres):
    """A connection that keeps what it makes to itself, and that ends with the module."""
    backend = ibis.connect(postgres)
    yield backend
    backend.disconnect()


def random_log(rows=3000, seed=1):
    """Customers who come now and then, at odd moments, with all that a log may hold."""
    rng = np.random.default_rng(seed)
    start = datetime(2024, 1, 20)
    moments = [start + timedelta(minutes=int(minute)) for minute in rng.integers(0, 90 * 1440, rows)]
    values = {
        "who": rng.choice([f"c{n}" for n in range(150)] + [None], rows),
        "at": [moment.replace(hour=0, minute=0) if n % 50 == 0 else moment for n, moment in enumerate(moments)],
        "invoice": [("C" if n % 13 == 0 else "") + str(number) for n, number in enumerate(rng.integers(0, 900, rows))],
        "item": rng.choice(["mug", "pen", "hat", None], rows),
        "pieces": rng.integers(-2, 9, rows),
        "price": rng.integers(0, 9999, rows) / 100,
        "kind": rng.choice(
            ["call", "visit", "buy", "refund", "goodbye", None], rows, p=[0.3, 0.3, 0.2, 0.1, 0.05, 0.05]
        ),
        "amount": rng.integers(-500, 9999, rows) / 1000,
    }
    return log(*zip(*(values[name] for name in COLUMNS), strict=True))


def equal(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """The same rows in the same order, numbers to 1e-9."""
    assert len(one) > 100
    pd.testing.assert_frame_equal(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("definition", [SHOP, SERVICE], ids=["shop", "service"])
def test_a_log_gives_equal_snapshots_and_counts_on_both(engine, definition):
    frame = random_log()
    table = engine.create_table("log", ibis.memtable(frame), temp=True)
    try:
        for here, there in zip(build_events(definition, frame), build_events(definition, table), strict=True):
            equal(here, there)
        for count in (count_by_month, count_meanings):
            pd.testing.assert_frame_equal(count(definition, frame), count(definition, table), rtol=1e-9)
        assert [name for name in engine.list_tables() if name.startswith("customer_days")] == []
    finally:
        engine.raw_sql("DROP TABLE log").close()


def test_the_simulators_features_are_equal_on_both(engine):
    tables = simulate(SimulatorSettings(customers=400, months=9, seed=5))
    snapshots = ["2024-07-01", "2024-08-15"]
    there = {
        name: engine.create_table(f"business_{name}", ibis.memtable(frame), temp=True)
        for name, frame in tables.items()
        if name in USED
    }
    equal(build_features(tables, snapshots), build_features(there, snapshots))
