"""A log of events before anything is made of it: what its lines are, who comes, who stays away, what is taken back."""

import ibis
import pandas as pd

from churn_mlops.config import Definition
from churn_mlops.errors import DataError

MEANINGS = {"bought": "an event", "taken_back": "takes an earlier one back", "left": "a leaving"}


def of_customers(table: ibis.Table, definition: Definition) -> ibis.Table:
    """The lines that have a customer and a time."""
    return table.filter(table[definition.dataset.id].notnull(), table[definition.events.time].notnull())


def roles(table: ibis.Table, definition: Definition) -> dict:
    """The meaning of a log's columns and lines, as expressions: `customer_id`, `moment` and three truths.

    `taken_back`: the line takes an earlier one back; `left`: it is a leaving; `bought`: it is neither.
    """
    events = definition.events
    taken_back, left = _taken_back(table, events), among(table, events.kind, events.churn_kinds)
    return {
        "customer_id": table[definition.dataset.id].cast("string"),
        "moment": table[events.time].cast("timestamp"),
        "bought": ~(taken_back | left),
        "taken_back": taken_back,
        "left": left,
    }


def _taken_back(table: ibis.Table, events):
    """Whether a line takes an earlier one back, by any of the definition's three signs."""
    taken_back = among(table, events.kind, events.cancelled_kinds)
    if events.cancelled_prefix:
        taken_back |= table[events.order].cast("string").startswith(events.cancelled_prefix).fill_null(False)
    if events.cancelled_negative:
        taken_back |= (table[events.quantity or events.amount].cast("float64") < 0).fill_null(False)
    return taken_back


def among(table: ibis.Table, column: str, values: tuple[str, ...]):
    """Whether a column holds one of some texts; nowhere, where there are none."""
    return table[column].cast("string").isin(values).fill_null(False) if values else ibis.literal(False)


def value(table: ibis.Table, events):
    """What each line is worth, as a number; missing where that is not known, or not defined."""
    if events.amount:
        return table[events.amount].cast("float64")
    if events.price:
        return table[events.quantity].cast("float64") * table[events.price].cast("float64")
    return ibis.null("float64")


def count_meanings(definition: Definition, table) -> pd.DataFrame:
    """How many lines of a log are events, take one back or are leavings, of how many customers, worth how much."""
    table, events = of_customers(as_ibis(table), definition), definition.events
    lines = table.select(**roles(table, definition), value=value(table, events))
    rows = []
    for role, meaning in MEANINGS.items():
        some = lines.filter(lines[role])
        counts = some.aggregate(lines=some.count(), customers=some.customer_id.nunique(), value=some.value.sum())
        rows.append({"a line is": meaning, **counts.to_pyarrow().to_pylist()[0]})
    found = pd.DataFrame(rows).round(2)
    return found[found["lines"] > 0].drop(columns=[] if events.amount or events.price else "value")


def count_by_month(definition: Definition, table) -> pd.DataFrame:
    """Who had an event in each month, and of them who left and who stayed; months whose horizon is open are left out.

    Left: no event in the horizon after the last one of the month, or a leaving in the month, as the definition says.
    Columns `period`, `left`, `stayed`. The label of the snapshots is made later, in 02; this is to look at.
    """
    events, horizon = definition.events, definition.dataset.horizon_days
    table = of_customers(as_ibis(table), definition)
    lines = table.select(**roles(table, definition))
    newest = lines.moment.max().to_pyarrow().as_py()
    months = _leavings_by_month(lines) if events.churn_kinds else _silences_by_month(lines, horizon)
    counts = months.group_by("month").aggregate(left=months.gone.ifelse(1, 0).sum(), customers=months.count())
    counts = counts.order_by("month").to_pyarrow().to_pandas().astype({"left": "int64", "customers": "int64"})
    waits = pd.Timedelta(days=0 if events.churn_kinds else horizon)
    counts = counts[counts["month"] + pd.DateOffset(months=1) + waits <= pd.Timestamp(newest)].reset_index(drop=True)
    stayed = counts["customers"] - counts["left"]
    return pd.DataFrame({"period": counts["month"].dt.strftime("%Y-%m"), "left": counts["left"], "stayed": stayed})


def _silences_by_month(lines: ibis.Table, horizon_days: int) -> ibis.Table:
    """Each customer's months with events, and whether none followed within the horizon after the month's last."""
    came = lines.filter(lines.bought).mutate(month=lines.moment.truncate("M"))
    months = came.group_by("customer_id", "month").aggregate(first=came.moment.min(), last=came.moment.max())
    again = months["first"].lead().over(group_by="customer_id", order_by="month")
    months = months.mutate(again=again, until=months["last"] + ibis.interval(days=horizon_days))
    return months.mutate(gone=months.again.isnull() | (months.again > months.until))


def _leavings_by_month(lines: ibis.Table) -> ibis.Table:
    lines = lines.mutate(month=lines.moment.truncate("M"))
    return lines.group_by("customer_id", "month").aggregate(gone=lines.left.any())


def check_log(definition: Definition, table, where: str) -> None:
    """Raise DataError where nobody ever leaves, or everybody does, as far as months can tell."""
    counts = count_by_month(definition, table)
    if len(counts) and not (counts["left"].sum() and counts["stayed"].sum()):
        raise DataError(
            f"{where}: {counts['left'].sum():,} of {counts[['left', 'stayed']].to_numpy().sum():,} left within "
            f"{definition.dataset.horizon_days} days. A model needs both who left and who stayed. "
            "Cure: another horizon_days, or other `churn_kinds` in [events]."
        )


def as_ibis(table) -> ibis.Table:
    """A table as an expression, also where it is a data frame."""
    return ibis.memtable(table) if isinstance(table, pd.DataFrame) else table
