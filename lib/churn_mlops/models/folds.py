"""Folds for cross-validation in which no customer stands on both sides."""

import numpy as np
import pandas as pd

from churn_mlops.errors import DataError


def make_folds(y, groups=None, folds: int = 5, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(train rows, test rows) of each fold, as positions; the same seed gives the same folds.

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
