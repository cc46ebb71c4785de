"""The target: which value means that the customer has left, and how many did."""

from churn_mlops.config import SIMULATOR, Dataset, Definition
from churn_mlops.errors import DataError

YES = frozenset({"1", "1.0", "true", "yes", "y", "t", "churned"})


def churned(frame, dataset: Dataset):
    """1.0 where the target has its positive value, 0.0 where it has the other, NaN where it is missing."""
    import numpy as np

    values = frame[dataset.target].astype("str").str.strip()
    positive = values == dataset.positive if dataset.positive else values.str.lower().isin(YES)
    return positive.astype("float64").where(frame[dataset.target].notna(), np.nan)


def count_outcomes(definition: Definition, tables: dict):
    """How many customers left and how many stayed, by month where the data has time.

    Columns `period`, `left`, `stayed` and `rate` (share of those whose outcome is known).
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

    there = truth["snapshot_date"].dt.strftime("%Y-%m").value_counts().sort_index()
    left = cancellations["cancelled_on"].dt.strftime("%Y-%m").value_counts().reindex(there.index, fill_value=0)
    return pd.DataFrame({"period": there.index, "left": left.to_numpy(), "stayed": (there - left).to_numpy()})


def _by_snapshot(table, dataset: Dataset):
    import pandas as pd

    label = churned(table, dataset)
    period = table[dataset.snapshot_date].dt.strftime("%Y-%m-%d") if dataset.snapshot_date else "all"
    known = pd.DataFrame({"period": period, "left": label == 1, "stayed": label == 0})
    return known.groupby("period", as_index=False).sum()


def check_outcomes(definition: Definition, tables: dict, where: str) -> None:
    """Raise DataError unless the outcome has exactly two values, one of them the positive one."""
    dataset = definition.dataset
    if dataset.source == SIMULATOR:
        return
    if definition.events:
        from churn_mlops.data.events import check_log

        return check_log(definition, tables["table"], where)
    seen = tables["table"][dataset.target].dropna().astype("str").value_counts()
    shown = ", ".join(f"{value!r} ({count:,} rows)" for value, count in seen.head(5).items()) or "nothing"
    label = f"{where}: target `{dataset.target}`"
    if len(seen) > 2:
        raise DataError(f"{label} has {len(seen)} values: {shown}. Expected two. Cure: name another target.")
    if len(seen) < 2:
        raise DataError(
            f"{label} has one class only: {shown}. A model needs both who left and who stayed. "
            "Cure: export the customers of the other class too."
        )
    if churned(tables["table"], dataset).nunique() < 2:
        wanted = repr(dataset.positive) if dataset.positive else "yes, true or 1"
        raise DataError(f"{label} never is {wanted}; it has {shown}. Cure: set `positive` in the definition.")
