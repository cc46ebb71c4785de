"""The rows on which columns are held against the target: a sample of whole customers, binned and dealt into folds."""

from dataclasses import dataclass

from churn_mlops.features.leaks import ranking

ROWS = 25_000  # more are not looked at: a leak shows in so many


@dataclass(frozen=True)
class Rows:
    """Columns and target of the same rows, in the same order."""

    columns: object  # DataFrame, without keys
    bins: dict  # by column: the bin of each value
    y: object  # int64 array, 1 where the customer left
    fold: object  # int64 array
    customers: object  # Series of ids
    dates: object = None  # Series of snapshot dates; None where no customer has two
    later: object = None  # int64 array, 1 where the customer left in the window of a later snapshot; None as above


def take(features, labels, dataset, seed: int) -> Rows:
    """The rows to look at, of features and labels in the same order."""
    drawn = _drawn(labels[dataset.id], seed)
    features, labels = features[drawn].reset_index(drop=True), labels[drawn].reset_index(drop=True)
    customers, y = labels[dataset.id], labels["churned"].to_numpy("int64")
    columns = features.drop(columns=[dataset.id, dataset.snapshot_date], errors="ignore")
    dates = labels[dataset.snapshot_date] if dataset.snapshot_date and customers.duplicated().any() else None
    later = None if dates is None else _later(customers, dates, y)
    bins = {name: ranking.bins_of(columns[name]) for name in columns}
    return Rows(columns, bins, y, ranking.fold_of(customers, seed), customers, dates, later)


def _drawn(customers, seed: int):
    """Truths, one a row: all rows, or those of customers drawn so that there are about ROWS of them."""
    import numpy as np
    import pandas as pd

    codes, names = pd.factorize(customers)
    return np.random.default_rng(seed).random(len(names))[codes] < ROWS / max(len(customers), 1)


def _later(customers, dates, y):
    last = dates.where(y == 1).groupby(customers.to_numpy()).transform("max")
    return (last > dates).to_numpy("int64")
