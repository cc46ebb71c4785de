"""From a log of events to features, labels and the customers to score now."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import ibis
import pandas as pd

from churn_mlops.config import Definition
from churn_mlops.data.engine import connect
from churn_mlops.data.events import of_customers
from churn_mlops.errors import DataError
from churn_mlops.features.events.dates import EPOCH, as_text, number_of, snapshot_days
from churn_mlops.features.events.days import customer_days
from churn_mlops.features.events.lines import as_lines
from churn_mlops.features.events.names import units_of
from churn_mlops.features.events.snapshot import features_at, labels_at


@dataclass(frozen=True)
class Log:
    """A log added up by customer and day, stored where the log is, with the days that it spans."""

    days: ibis.Table
    oldest: int  # days since 1970
    newest: int  # the last midnight that the log reaches; a horizon until then has closed


def build_events(definition: Definition, table):
    """Features and labels of the snapshots whose horizon has closed within the log, and the newest snapshot's features.

    `table` is a data frame, or an Ibis table on any engine, where all the adding up then happens. Returns data frames
    `(features, labels, active)` with the definition's id and snapshot date, ordered by date and id.
    """
    horizon = definition.dataset.horizon_days
    with opened(definition, table) as log:
        snapshots = snapshot_days(definition.events, log.oldest, log.newest)
        closed = [day for day in snapshots if day + horizon <= log.newest]
        if not closed:
            raise DataError(_all_open(snapshots, horizon, log.newest))
        features = stacked(definition, log, closed, features_of)
        labels = stacked(definition, log, closed, labels_of)
        return features, labels, stacked(definition, log, snapshots[-1:], features_of)


@contextmanager
def opened(definition: Definition, table):
    """The log of a table, added up once; what was stored for that is removed at the end."""
    engine, table = _placed(table)
    name = f"customer_days_{uuid4().hex[:12]}"
    days = engine.create_table(name, customer_days(as_lines(table, definition)), temp=True)
    try:
        yield Log(days, *_span(definition, engine, table))
    finally:
        _drop(engine, name)


def features_of(definition: Definition, log: Log, day: int) -> ibis.Table:
    """The features at one snapshot, ordered by customer."""
    found = features_at(log.days, day, definition.events)
    return found.select("customer_id", *units_of(definition)).order_by("customer_id")


def labels_of(definition: Definition, log: Log, day: int) -> ibis.Table:
    """The labels of the same customers in the same order."""
    return labels_at(log.days, day, definition.dataset.horizon_days, definition.events).order_by("customer_id")


def stacked(definition: Definition, log: Log, snapshots: list[int], of):
    """What `of` tells at each snapshot, as one data frame; the engine works at one snapshot at a time."""
    import pyarrow as pa

    dataset = definition.dataset
    parts = [_dated(of(definition, log, day).to_pyarrow(), day, dataset.snapshot_date) for day in snapshots]
    table = pa.concat_tables(parts)
    del parts
    frame = table.rename_columns({"customer_id": dataset.id}).to_pandas(self_destruct=True, split_blocks=True)
    return frame.astype({dataset.id: "str"})


def _drop(engine, name: str) -> None:
    """Ibis 12 and sqlglot 30 leave the name out of what they say themselves."""
    with engine._safe_raw_sql(f'DROP TABLE "{name}"'):
        pass


def _placed(table):
    """The engine that a table lives on, and the table there; a data frame is taken to DuckDB."""
    if isinstance(table, pd.DataFrame):
        return connect(), ibis.memtable(table)
    return table.get_backend(), table


def _span(definition: Definition, engine, table: ibis.Table) -> tuple[int, int]:
    """The oldest and the newest day with an event of a customer."""
    known = of_customers(table, definition)
    moments = known[definition.events.time].cast("timestamp")
    ends = known.aggregate(oldest=moments.min().date(), newest=moments.max().date())
    span = engine.to_pyarrow(ends).to_pylist()[0]
    if span["newest"] is None:
        raise DataError("the log has no event with a customer and a time. Cure: check `id` and [events] `time`.")
    return number_of(span["oldest"]), number_of(span["newest"])


def _dated(table, day: int, name: str):
    """With the snapshot's date as second column."""
    import pyarrow as pa

    moment = datetime.fromordinal(EPOCH + day)
    dates = pa.repeat(pa.scalar(moment, pa.timestamp("us")), table.num_rows)
    return table.add_column(1, name, dates)


def _all_open(snapshots: list[int], horizon_days: int, newest: int) -> str:
    return (
        f"no snapshot has a label yet: {len(snapshots)} from {as_text(snapshots[0])} to {as_text(snapshots[-1])}, a "
        f"horizon of {horizon_days} days, and events until {as_text(newest)}. Cure: more history, or a shorter "
        "horizon_days in the dataset definition."
    )
