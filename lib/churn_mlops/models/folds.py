"""Folds for cross-validation in which no customer's later rows teach about earlier ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.errors import DataError

FEWEST_LEAVERS = 100  # a fold in time is judged by; with fewer the ROC AUC is off by 0.03 and more
FEW = 10_000  # rows up to which two more folds cost little
BEGINNING = 1 / 3  # share of the leavers that the first fold in time has to learn from


@dataclass(frozen=True)
class Folds:
    """(train rows, test rows) of each fold, as positions, how they were made and why."""

    pairs: list[tuple[np.ndarray, np.ndarray]]
    kind: str  # "time" or "customers"
    reason: str

    def __iter__(self):
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


def keep_together(X: pd.DataFrame, groups) -> pd.DataFrame:
    """The same rows with their customer (`groups`) as index, which a model that learns in parts itself goes by.

    Unchanged without groups: each row is then a customer.
    """
    return X if groups is None else X.set_axis(pd.factorize(np.asarray(groups))[0], axis=0)


def choose_folds(y, groups=None, dates=None, folds=0, seed=0, horizon_days=0, gap_days=0) -> Folds:
    """Folds in time where the snapshots suffice for them, folds of customers elsewhere.

    `folds=0`: three, and five of customers with up to 10,000 rows, where they cost little and each row counts.

    In time, the first fold has to learn from a third of all leavers and each is judged by 100 or more: a
    candidate is then chosen for what it is to do, to foretell a later month, and not for how it fills in months
    that it has seen others live through. With less, folds of customers tell more than such folds would.
    """
    dealt, folds = folds or (5 if len(y) <= FEW else 3), folds or 3
    if dates is None:
        return Folds(make_folds(y, groups, dealt, seed), "customers", "the rows have no dates.")
    made = _time_folds(np.asarray(dates), folds, horizon_days + gap_days)
    if too_little := _too_little(np.asarray(y), made, folds):
        return Folds(make_folds(y, groups, dealt, seed), "customers", f"folds in time will not do: {too_little}.")
    return Folds(made, "time", f"each of the {folds} folds is later than all that it is learned from.")


def make_time_folds(y, dates, folds=3, horizon_days=0, gap_days=0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(train rows, test rows) of each fold: the later half of the snapshots in turn, each learned from what was before.

    A training snapshot `s` has `s + horizon + gap <= first test snapshot`, as for the split of the test: its
    label was known by then. Rows of the earlier half are in no test part. Raises DataError where a part is empty.
    """
    made = _time_folds(np.asarray(dates), folds, horizon_days + gap_days)
    if len(made) < folds or not all(len(train) for train, _ in made):
        raise DataError(
            f"{len(np.unique(dates))} snapshots cannot be dealt into {folds} folds in time with a horizon and gap of "
            f"{horizon_days + gap_days} days. Cure: fewer folds, more history, or folds of customers."
        )
    _check_both_classes(np.asarray(y), made)
    return made


def make_folds(y, groups=None, folds: int = 5, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(train rows, test rows) of each fold of customers, as positions; the same seed gives the same folds.

    Customers (`groups`; without it every row is one) are shuffled and dealt out in turn, those who ever
    left after those who never did: each fold gets its share of both. A customer's rows stay together,
    because two months of one customer are nearly the same row, and a model would recognise it.
    """
    y = np.asarray(y)
    customer = np.arange(len(y)) if groups is None else pd.factorize(np.asarray(groups))[0]
    count = int(customer.max(initial=-1)) + 1
    if folds < 2 or count < folds:
        raise DataError(
            f"{count} customers cannot be dealt into {folds} folds; needed: 2 folds or more, "
            "and a customer for each. Cure: fewer folds or more data."
        )
    fold_of_row = _deal(_ever_left(y, customer, count), folds, seed)[customer]
    made = [(np.flatnonzero(fold_of_row != k), np.flatnonzero(fold_of_row == k)) for k in range(folds)]
    _check_both_classes(y, made)
    return made


def _time_folds(dates, folds, reach_days) -> list:
    """The folds, fewer than asked for where there are fewer snapshots."""
    snapshots = np.unique(dates)
    later = snapshots[len(snapshots) // 2 :]
    reach = np.timedelta64(reach_days, "D")
    blocks = [block for block in np.array_split(later, folds) if len(block)]
    return [(np.flatnonzero(dates + reach <= block[0]), np.flatnonzero(np.isin(dates, block))) for block in blocks]


def _too_little(y, made, folds) -> str:
    """What the folds in time lack, or nothing."""
    if folds < 2 or len(made) < folds:
        return "fewer snapshots than folds"
    taught = int(y[made[0][0]].sum())
    if taught < BEGINNING * y.sum():
        return f"the first would learn from {taught} of {int(y.sum())} leavers, fewer than a third"
    if (fewest := min(int(y[test].sum()) for _, test in made)) < FEWEST_LEAVERS:
        return f"one would be judged by {fewest} leavers, fewer than {FEWEST_LEAVERS}"
    return ""


def _ever_left(y, customer, count) -> np.ndarray:
    return np.bincount(customer, weights=y, minlength=count) > 0


def _deal(label, folds, seed) -> np.ndarray:
    order = np.random.default_rng(seed).permutation(len(label))
    order = order[np.argsort(label[order], kind="stable")]
    fold = np.empty(len(label), dtype=np.int64)
    fold[order] = np.arange(len(label)) % folds
    return fold


def _check_both_classes(y, made):
    for number, (_, test) in enumerate(made, start=1):
        if (left := int(y[test].sum())) in (0, len(test)):
            raise DataError(
                f"fold {number} of {len(made)}: {left} of {len(test)} rows left; every fold needs customers "
                f"of both kinds (all rows: {int(y.sum())} of {len(y)} left). Cure: fewer folds or more data."
            )
