"""The labelled rows that are looked at, month by month, and what a probe says of each: its chance to leave."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from churn_mlops.features.probe import encoded, fit_probe
from churn_mlops.features.signature import Signature, conform

ROWS, NEWEST = 3_000, 24  # of a month that are looked at, and months, at most
TAUGHT = 20_000  # rows that a probe learns from, at most
FOLDS, ROUNDS = 2, 30
COLUMN_SHARE = 0.5  # of the columns in a tree of the probe


@dataclass(frozen=True)
class Months:
    """Labelled rows of a dataset with snapshot dates, oldest month first."""

    X: pd.DataFrame  # as the signature has it, but without columns that only say which month it is
    y: np.ndarray  # 1: left
    customer: np.ndarray  # whole numbers from 0: who belongs together
    month: np.ndarray  # of each row, as a place in `names`
    names: list[str]  # YYYY-MM, of the snapshot dates
    signature: Signature  # of X

    def of(self, place: int) -> np.ndarray:
        """The rows of a month, as a mask."""
        return self.month == place

    @cached_property
    def codes(self) -> tuple[np.ndarray, list[int]]:
        """The columns as numbers, and which of them are categories."""
        return encoded(self.X, self.signature)

    @cached_property
    def expected(self) -> np.ndarray:
        """Each row's chance to leave by a probe that has learned from other customers, also of its month."""
        return expect(self, np.ones(len(self.y), dtype=bool))


def take_months(features, labels, signature: Signature, seed: int = 0) -> Months | None:
    """At most ROWS rows of each of the NEWEST months, drawn by `seed`; None where rows have no dates."""
    if not signature.snapshot_date:
        return None
    dates = pd.to_datetime(labels[signature.snapshot_date]).to_numpy().astype("datetime64[M]")
    names, month = np.unique(dates, return_inverse=True)
    rows = _drawn(month, len(names), seed)
    rows = rows[month[rows] >= len(names) - NEWEST]
    X, group = conform(features.iloc[rows], signature), labels.get("group", labels[signature.id])
    month, names = month[rows] - max(len(names) - NEWEST, 0), [str(name) for name in names[-NEWEST:]]
    kept = tuple(column for column in signature.columns if not _tells_the_month(X[column.name], month))
    signature = replace(signature, columns=kept)
    y = labels["churned"].to_numpy()[rows]
    X = X[signature.names].reset_index(drop=True)
    return Months(X, y, pd.factorize(group.iloc[rows])[0], month, names, signature)


def expect(months: Months, taught: np.ndarray) -> np.ndarray:
    """The chance to leave of every row, by probes that have seen other customers and, of these, `taught` rows only."""
    X, categories = months.codes
    rng = np.random.default_rng(0)
    fold = rng.integers(FOLDS, size=months.customer.max(initial=0) + 1)[months.customer]
    p = np.empty(len(X))
    for one in range(FOLDS):
        rows = np.flatnonzero((fold != one) & taught)
        rows = np.sort(rng.choice(rows, TAUGHT, replace=False)) if len(rows) > TAUGHT else rows
        probe = fit_probe(X[rows], months.y[rows], categories, ROUNDS, feature_fraction=COLUMN_SHARE)
        p[fold == one] = probe.predict(X[fold == one], num_threads=1)
    return p


def _drawn(month: np.ndarray, count: int, seed: int) -> np.ndarray:
    order = np.random.default_rng(seed).permutation(len(month))
    order = order[np.argsort(month[order], kind="stable")]
    starts = np.searchsorted(month[order], np.arange(count))
    place = np.arange(len(order)) - starts[month[order]]
    return np.sort(order[place < ROWS])


def _tells_the_month(column: pd.Series, month: np.ndarray) -> bool:
    """Whether a column is one value in each month, and not the same in all: a probe could learn a month by it."""
    per_month = column.groupby(month).nunique(dropna=False)
    return bool((per_month <= 1).all()) and column.nunique(dropna=False) > 1
