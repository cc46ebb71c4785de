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
        from churn_mlops.data.events import count_by_month

        counts = count_by_month(definition, tables["table"])
    else:
        counts = _by_snapshot(tables["table"], definition.dataset)
    return counts.assign(rate=counts["left"] / (counts["left"] + counts["stayed"]).clip(lower=1))


def count_meanings(definition: Definition, tables: dict, outcomes):
    """What the rows are taken for: the lines of a log by their meaning, elsewhere who left and who stayed."""
    import pandas as pd

    if definition.events:
        from churn_mlops.data import events

        return events.count_meanings(definition, tables["table"])
    totals = outcomes[["left", "stayed"]].sum().astype("int64")
    return pd.DataFrame({"a row is of one who": ["left", "stayed"], "rows": totals.to_numpy()})


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


def _frame(table):
    return table.to_pyarrow().to_pandas()


def check_outcomes(definition: Definition, tables: dict, where: str) -> None:
    """Raise DataError unless the outcome has exactly two values, one of them the positive one."""
    dataset = definition.dataset
    if dataset.source == SIMULATOR:
        return
    if definition.events:
        from churn_mlops.data.events import check_log

        return check_log(definition, tables["table"], where)
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
