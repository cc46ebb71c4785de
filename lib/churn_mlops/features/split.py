"""Which rows are learned from and which are kept to judge by."""

from churn_mlops.errors import CheckError, DataError

TRAIN, TEST, UNUSED = "train", "test", "unused"


def split(labels, dataset, test_snapshots, train_snapshots, gap_days, test_share, seed):
    """Split labelled rows by time where they have one, else by customer; a Series of parts, one a row."""
    if dataset.snapshot_date:
        dates = labels[dataset.snapshot_date]
        return split_by_time(dates, dataset.horizon_days, gap_days, test_snapshots, train_snapshots)
    return split_by_customer(labels["churned"], labels.get("group", labels[dataset.id]), test_share, seed)


def split_by_time(dates, horizon_days: int, gap_days: int, test_snapshots: int, train_snapshots: int = 0):
    """The newest snapshots are the test; training ends where its labels' windows would reach into them.

    Parameters
    ----------
    dates : Series of snapshot dates, one a row.
    horizon_days, gap_days : int
        A training snapshot `s` has `s + horizon + gap <= first test snapshot`. Without that, a training
        label would say what happened in the evaluated period, and the score would be too good.
    train_snapshots : int
        How many of the newest training snapshots to learn from; 0 for all.

    Returns
    -------
    Series of "train", "test" and "unused", one a row. Raises DataError where a part would be empty.

    """
    import pandas as pd

    snapshots = sorted(dates.unique())
    if not snapshots:
        raise DataError(
            f"no snapshot has a label yet: no horizon of {horizon_days} days has closed within the data. "
            "Cure: more history, or a shorter horizon_days in the dataset definition."
        )
    test = snapshots[-test_snapshots:]
    reach = pd.Timedelta(days=horizon_days + gap_days)
    train = [snapshot for snapshot in snapshots if snapshot + reach <= test[0]]
    train = train[-train_snapshots:] if train_snapshots else train
    if not train:
        raise DataError(
            f"{len(snapshots)} labelled snapshots from {snapshots[0]:%Y-%m-%d} to {snapshots[-1]:%Y-%m-%d}: none is "
            f"left to train on with {test_snapshots} for the test, a horizon of {horizon_days} and a gap of "
            f"{gap_days} days. Cure: more history, or a smaller features.test_snapshots."
        )
    part = pd.Series(UNUSED, index=dates.index, dtype="str")
    return part.mask(dates.isin(train), TRAIN).mask(dates.isin(test), TEST)


def split_by_customer(labels, customers, test_share: float, seed: int):
    """A share of the customers is the test, with the same share of leavers; no customer stands on both sides.

    `customers` name who belongs together: an id, or the group of customers that are the same (`duplicates`).
    A group counts with its rows and is never torn, so that with large groups the shares are met nearly.
    Returns a Series of "train" and "test", one a row. Raises DataError where a part would lack a class.
    """
    import numpy as np
    import pandas as pd

    known = pd.Series(np.asarray(labels)).groupby(np.asarray(customers)).agg(["max", "size"])
    rng = np.random.default_rng(seed)
    chosen = []
    for value in (0, 1):
        members = known.loc[known["max"] == value, "size"]
        drawn = _drawn(members.iloc[rng.permutation(len(members))], test_share)
        if not 0 < len(drawn) < len(members):
            raise DataError(
                f"{len(members)} customers with label {value}: too few to learn from and to judge by with "
                f"features.test_share = {test_share:g}. Cure: more rows."
            )
        chosen.append(drawn.index)
    is_test = pd.Series(customers).isin(np.concatenate(chosen))
    return is_test.map({True: TEST, False: TRAIN}).astype("str")


def _drawn(members, share: float):
    """The first members, in their order, that hold this share of the rows; one that fits by less than half waits."""
    wanted = members.sum() * share
    return members[members.cumsum() - members / 2 < wanted]


def describe(labels, dataset):
    """One row a part: rows, customers, leavers, churn rate and the snapshots it spans."""
    import pandas as pd

    rows = []
    for part in (TRAIN, TEST, UNUSED):
        some = labels[labels["split"] == part]
        if some.empty:
            continue
        row = {"part": part, "rows": len(some), "customers": some[dataset.id].nunique()}
        row |= {"churned": int(some["churned"].sum()), "churn rate": round(some["churned"].mean(), 4)}
        if dataset.snapshot_date:
            dates = some[dataset.snapshot_date]
            row |= {"from": f"{dates.min():%Y-%m-%d}", "to": f"{dates.max():%Y-%m-%d}"}
        rows.append(row)
    return pd.DataFrame(rows)


def check(labels, dataset, gap_days: int) -> None:
    """Raise CheckError where a part lacks a class, or a label's window or a customer stands on both sides."""
    import pandas as pd

    parts = {name: labels[labels["split"] == name] for name in (TRAIN, TEST)}
    for name, rows in parts.items():
        if rows["churned"].nunique() < 2:
            raise CheckError(
                f"the {name} part has {len(rows):,} rows of one class only. Cure: more history, or a larger part "
                "(features.test_snapshots, features.test_share)."
            )
    if dataset.snapshot_date:
        closes = parts[TRAIN][dataset.snapshot_date].max() + pd.Timedelta(days=dataset.horizon_days + gap_days)
        begins = parts[TEST][dataset.snapshot_date].min()
        if closes > begins:
            raise CheckError(f"training labels reach to {closes:%Y-%m-%d}, the test begins on {begins:%Y-%m-%d}.")
    elif set(parts[TRAIN][dataset.id]) & set(parts[TEST][dataset.id]):
        raise CheckError(f"customers of `{dataset.id}` stand in the training and in the test part.")
    elif "group" in labels and set(parts[TRAIN]["group"]) & set(parts[TEST]["group"]):
        raise CheckError(f"customers of `{dataset.id}` that are the same under two ids stand in both parts.")
