"""How much of the past to learn from: the newest months, all, or what would have foretold the last month best.

An older past is more rows, and tells of a business that may be gone. Which weighs more is tried: a probe of fixed
settings learns from each window that ends before the last month of the training part, and foretells that month. The
test part is not touched: it is to judge a model that was made without it.
"""

from dataclasses import dataclass

import numpy as np

from churn_mlops.errors import ConfigError
from churn_mlops.features.probe import encoded, fit_probe
from churn_mlops.features.signature import conform, make_signature
from churn_mlops.features.split import TRAIN, split

SLIDING, ALL, CHOSEN = "sliding", "all", "chosen"
SIZES = (24, 12, 6, 3)  # newest snapshots that are tried beside all of them
ROWS = 30_000  # that a probe learns from, at most, drawn from its whole window
ROUNDS = 60
LEAVERS = 30  # in a window, and in the month that is foretold, below which nothing is told
SURE = 2.0  # standard errors, customer by customer, beyond which a window is better by more than luck
COLUMNS = ["window", "snapshots", "rows", "log_loss", "worse_by", "standard_error"]


@dataclass(frozen=True)
class Window:
    """How many of the newest snapshots to learn from, why, and what was tried."""

    snapshots: int  # 0: all
    reason: str
    table: object  # DataFrame of COLUMNS, longest first; empty where nothing was tried


def take_window(window: str, features, labels, dataset, test_snapshots: int, train_snapshots: int, gap_days: int):
    """The Window that a run asks for: `sliding` by `train_snapshots`, `all`, or `chosen`.

    `features` and `labels` have the same rows in the same order. Raises ConfigError for another word.
    """
    if window not in (SLIDING, ALL, CHOSEN):
        raise ConfigError(f"features.window is {window!r}; expected {SLIDING}, {ALL} or {CHOSEN}. Cure: correct it.")
    if not dataset.snapshot_date:
        return _untried(train_snapshots, "Rows have no dates, so there is no window: all customers are learned from.")
    if window == SLIDING:
        which = f"the newest {train_snapshots}" if train_snapshots else "all"
        return _untried(train_snapshots, f"As train_snapshots says: {which} snapshots before the test.")
    if window == ALL:
        return _untried(0, "All snapshots before the test, as asked for.")
    known = split(labels, dataset, test_snapshots, 0, gap_days, 0, 0) == TRAIN
    known = known.to_numpy()
    return choose_window(features[known], labels[known], dataset, gap_days=gap_days)


def choose_window(features, labels, dataset, *, gap_days: int = 0, sizes=SIZES, seed: int = 0) -> Window:
    """The window that would have foretold the newest snapshot of these rows best, by log loss.

    `features` and `labels` are what may be learned from, and nothing of a test part; `labels` has the snapshot date,
    the id and `churned`. A window counts back from the newest snapshot whose labels were known when the one that is
    foretold began. Of windows that are not surely worse than the best (the differences of log loss, summed by customer,
    within SURE standard errors) it is the longest, for it has most to learn from. Pure: the same rows, the same answer.
    """
    dates = labels[dataset.snapshot_date].to_numpy()
    snapshots = np.unique(dates)
    last = dates == snapshots[-1]
    reach = np.timedelta64(dataset.horizon_days + gap_days, "D")
    before = snapshots[snapshots + reach <= snapshots[-1]]
    y, tried = labels["churned"].to_numpy(), [0, *sorted({size for size in sizes if size < len(before)}, reverse=True)]
    windows = {size: np.isin(dates, before[-size:] if size else before) for size in tried}
    windows = {size: rows for size, rows in windows.items() if min(y[rows].sum(), (1 - y[rows]).sum()) >= LEAVERS}
    if len(windows) < 2 or y[last].sum() < LEAVERS:
        why = f"{len(before)} snapshots with {int(y[last].sum())} leavers in the newest are too few to try windows on"
        return _untried(0, f"All snapshots before the test: {why}.")
    used = last | np.isin(dates, before)
    signature = make_signature(features[used], dataset.id, dataset.snapshot_date)
    X, categories = encoded(conform(features, signature), signature)
    losses = {size: _loss(X, y, categories, rows, last, seed) for size, rows in windows.items()}
    customers = np.unique(labels.loc[last, dataset.id].to_numpy(), return_inverse=True)[1]
    return _chosen(
        losses, customers, {size: int(rows.sum()) for size, rows in windows.items()}, len(before), snapshots[-1]
    )


def _loss(X, y, categories, rows, last, seed) -> np.ndarray:
    """The log loss of each row of the last month, by a probe that has learned from `rows`."""
    taught = np.flatnonzero(rows)
    if len(taught) > ROWS:
        taught = np.sort(np.random.default_rng(seed).choice(taught, ROWS, replace=False))
    p = fit_probe(X[taught], y[taught], categories, ROUNDS).predict(X[last], num_threads=1)
    return -np.log(np.clip(np.where(y[last] == 1, p, 1 - p), 1e-7, None))


def _chosen(losses: dict, customers, rows: dict, count: int, last) -> Window:
    """The longest window that is not surely worse than the best; `losses` have the longest first."""
    import pandas as pd

    best = min(losses, key=lambda size: losses[size].mean())
    told = []
    for size, loss in losses.items():
        by_customer = np.bincount(customers, weights=loss - losses[best])
        error = np.sqrt(len(by_customer)) * by_customer.std() / len(loss)
        told.append((_named(size), size or count, rows[size], loss.mean(), by_customer.sum() / len(loss), error))
    table = pd.DataFrame(told, columns=COLUMNS)
    equal = (table["worse_by"] <= SURE * table["standard_error"]).to_numpy()
    chosen = list(losses)[int(np.argmax(equal))]
    return Window(chosen, _why(chosen, best, table, f"{pd.Timestamp(last):%Y-%m-%d}"), table)


def _why(chosen: int, best: int, table, month: str) -> str:
    losses = table.set_index("window")["log_loss"]
    told = f"{_named(best)} would have foretold {month} best, with a log loss of {losses[_named(best)]:.5f}"
    if chosen == best:
        return f"{told[0].upper()}{told[1:]}, and no longer window is as good within the noise."
    told = f"{told}; {_named(chosen)} is longer, and as good within the noise ({losses[_named(chosen)]:.5f})"
    return f"{told[0].upper()}{told[1:]}."


def _named(size: int) -> str:
    return f"the newest {size}" if size else "all"


def _untried(snapshots: int, reason: str) -> Window:
    import pandas as pd

    return Window(snapshots, reason, pd.DataFrame(columns=COLUMNS))


def window_metrics(window: Window, labels, dataset) -> dict[str, float]:
    """What belongs on the run's page: how many snapshots were learned from, and the log loss of each that was tried."""
    tried = {f"window_log_loss_{row.snapshots}": float(row.log_loss) for row in window.table.itertuples()}
    if not dataset.snapshot_date:
        return tried
    return {"train_snapshots": int(labels.loc[labels["split"] == TRAIN, dataset.snapshot_date].nunique()), **tried}
