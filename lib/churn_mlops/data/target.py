"""The target: which value means that the customer has left, and how many did."""

from churn_mlops.config import SIMULATOR, Dataset, Definition
from churn_mlops.errors import DataError

YES = frozenset({"1", "1.0", "true", "true.", "yes", "y", "t", "churned"})


def churned(frame, dataset: Dataset):
    """1.0 where the target has its positive value, 0.0 where it has the other, NaN where it is missing."""
    import numpy as np

    values = frame[dataset.target].astype("str").str.strip()
    positive = values == dataset.positive if dataset.positive else values.str.lower().isin(YES)
    return positive.astype("float64").where(frame[dataset.target].notna(), np.nan)


def _left(table, dataset: Dataset):
    """The same as an Ibis expression: whether the customer has left, missing where that is not known."""
    values = table[dataset.target].cast("string").strip()
    return values == dataset.positive if dataset.positive else values.lower().isin(sorted(YES))


def count_outcomes(definition: Definition, tables: dict):
    """How many customers left and how many stayed, by month or snapshot where the data has time.

    `tables` are Ibis tables. Columns `period`, `left`, `stayed` and `rate` (share of those whose outcome is known).
    """
    if definition.dataset.source == SIMULATOR:
        counts = _by_month(tables["truth"], tables["cancellations"])
    elif definition.events:
        counts = _of_events(tables["table"], definition)
    else:
        counts = _by_snapshot(tables["table"], definition.dataset)
    return counts.assign(rate=counts["left"] / (counts["left"] + counts["stayed"]).clip(lower=1))


def _by_month(truth, cancellations):
    """The simulator's months: who was there at the beginning of each, and who left in it."""
    import pandas as pd

    there = _frame(truth.group_by(period=truth["snapshot_date"].strftime("%Y-%m")).agg(there=truth.count()))
    left = _frame(
        cancellations.group_by(period=cancellations["cancelled_on"].strftime("%Y-%m")).agg(left=cancellations.count())
    )
    both = there.merge(left, on="period", how="left").fillna({"left": 0}).sort_values("period", ignore_index=True)
    left = both["left"].astype("int64")
    return pd.DataFrame({"period": both["period"], "left": left, "stayed": both["there"] - left})


def _by_snapshot(table, dataset: Dataset):
    import ibis

    period = table[dataset.snapshot_date].strftime("%Y-%m-%d") if dataset.snapshot_date else ibis.literal("all")
    left = _left(table, dataset)
    known = table.select(period=period, left=left).group_by("period")
    counts = _frame(known.agg(left=ibis._.left.sum(), stayed=(~ibis._.left).sum()))
    counts = counts.sort_values("period", ignore_index=True)[["period", "left", "stayed"]]
    return counts.fillna(0).astype({"left": "int64", "stayed": "int64"})


def _of_events(table, definition: Definition):
    """Of who was seen in a month, those of whom nothing was seen in the horizon after; months that are over only."""
    import ibis

    time, horizon = definition.events.time, ibis.interval(days=definition.dataset.horizon_days)
    known = table.filter(table[definition.dataset.id].notnull(), table[time].notnull())
    seen = known.select(customer=known[definition.dataset.id], time=known[time].cast("timestamp"))
    newest = seen["time"].max().to_pyarrow().as_py()
    months = seen.group_by("customer", period=seen["time"].strftime("%Y-%m")).agg(
        first=ibis._.time.min(), last=ibis._.time.max()
    )
    following = months["first"].lead().over(ibis.window(group_by="customer", order_by="period"))
    months = months.mutate(following=following).filter(months["last"] + horizon <= ibis.literal(newest))
    gone = months["following"].isnull() | (months["following"] > months["last"] + horizon)
    counts = months.group_by("period").agg(left=gone.sum(), stayed=(~gone).sum()).order_by("period")
    return _frame(counts).fillna(0).astype({"left": "int64", "stayed": "int64"})


def _frame(table):
    return table.to_pyarrow().to_pandas()


def check_outcomes(definition: Definition, tables: dict, where: str) -> None:
    """Raise DataError unless the outcome has exactly two values, one of them the positive one."""
    dataset = definition.dataset
    if dataset.source == SIMULATOR or definition.events:
        return
    seen, positive = _values(tables["table"], dataset)
    shown = ", ".join(f"{value!r} ({count:,} rows)" for value, count in seen[:5]) or "nothing"
    label = f"{where}: target `{dataset.target}`"
    if len(seen) > 2:
        raise DataError(f"{label} has {len(seen)} values: {shown}. Expected two. Cure: name another target.")
    if len(seen) < 2:
        raise DataError(
            f"{label} has one class only: {shown}. A model needs both who left and who stayed. "
            "Cure: export the customers of the other class too."
        )
    if len(positive) != 1:
        wanted = repr(dataset.positive) if dataset.positive else "yes, true or 1"
        never = "is always" if positive else "never is"
        raise DataError(f"{label} {never} {wanted}; it has {shown}. Cure: set `positive` in the definition.")


def _values(table, dataset: Dataset) -> tuple[list[tuple], list]:
    """The target's values with their rows, commonest first, and those of them that mean that the customer left."""
    import ibis

    known = table.filter(table[dataset.target].notnull())
    counted = known.group_by(value=known[dataset.target].cast("string"), left=_left(known, dataset)).agg(
        rows=ibis._.count()
    )
    found = counted.order_by(ibis.desc("rows"), "value").to_pyarrow().to_pylist()
    return [(row["value"], row["rows"]) for row in found], [row["value"] for row in found if row["left"]]
