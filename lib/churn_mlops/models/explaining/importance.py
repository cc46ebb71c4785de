"""Which columns a model relies on."""

import numpy as np
import pandas as pd

from churn_mlops.models.bootstrap import customer_codes, interval, replicate_weights
from churn_mlops.models.checks import check_two_classes
from churn_mlops.models.threads import fixed_threads


def importance_table(
    model, X, y, signature, seed: int = 0, rows: int = 2_000, repeats: int = 2, customers=None, replicates: int = 100
) -> pd.DataFrame:
    """The drop in ROC AUC when one column is shuffled among customers, the most important first.

    Columns: column, importance (mean drop over `repeats`), importance_low, importance_high (95% interval, from
    resampled customers). Measured on at most `rows` rows of unseen data, as many leavers among them as among all.
    Columns that carry the same news share their importance: each alone looks small, because the model can read it
    from the other (Breiman 2001, "Random forests").
    """
    y = np.asarray(y)
    check_two_classes(y, "importance")
    chosen = _sample(y, rows, seed)
    names, y = [column.name for column in signature.columns], y[chosen]
    codes = customer_codes(None if customers is None else np.asarray(customers)[chosen], len(y))
    weights = np.concatenate([np.ones((1, len(y))), *replicate_weights(codes, replicates, seed)])
    with fixed_threads(len(chosen)):
        drops = _drops(model, X[names].iloc[chosen], y, weights, repeats, seed)
    bounds = np.array([interval(drop[1:]) for drop in drops])
    table = pd.DataFrame({"column": names, "importance": [drop[0] for drop in drops]})
    table["importance_low"], table["importance_high"] = bounds[:, 0], bounds[:, 1]
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _drops(model, X, y, weights, repeats: int, seed: int) -> list[np.ndarray]:
    """For each column the mean drop under each row of weights; the first are the rows as they are."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(X)) for _ in range(repeats)]
    whole, drops = _roc_auc(y, model.predict_proba(X)[:, 1], weights), []
    for name in X:
        shuffled = pd.concat([X.assign(**{name: X[name].to_numpy()[order]}) for order in orders])
        scores = np.split(model.predict_proba(shuffled)[:, 1], repeats)
        drops.append(whole - np.mean([_roc_auc(y, p, weights) for p in scores], axis=0))
    return drops


def _roc_auc(y, p, weights) -> np.ndarray:
    """Under each row of weights: how often a leaver ranks above a stayer, a tie being one half."""
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.diff(p[order], prepend=-1) != 0)  # of equal scores
    left, stayed = (np.add.reduceat(weights[:, order] * kind[order], starts, axis=1) for kind in (y, 1 - y))
    below = np.cumsum(stayed, axis=1) - stayed / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return (left * below).sum(axis=1) / (left.sum(axis=1) * stayed.sum(axis=1))


def _sample(y, rows, seed) -> np.ndarray:
    """Positions of at most `rows` rows, leavers and stayers in proportion, at least one of each."""
    rng = np.random.default_rng(seed)
    share = min(1.0, rows / len(y))
    drawn = [rng.permutation(of_one_kind)[: max(1, round(share * len(of_one_kind)))] for of_one_kind in _kinds(y)]
    return np.sort(np.concatenate(drawn))


def _kinds(y):
    return np.flatnonzero(y == 1), np.flatnonzero(y == 0)
