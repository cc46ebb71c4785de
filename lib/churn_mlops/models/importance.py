"""Which columns a model relies on."""

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance

from churn_mlops.models.checks import check_two_classes
from churn_mlops.models.threads import fixed_threads


def importance_table(model, X, y, signature, seed: int = 0, rows: int = 2_000, repeats: int = 2) -> pd.DataFrame:
    """The drop in ROC AUC when one column is shuffled among customers, the most important first.

    Columns: column, importance (mean drop over `repeats`), sd. Measured on at most `rows` rows of unseen data,
    as many leavers among them as among all. Columns that carry the same news share their importance: each
    alone looks small, because the model can read it from the other (Breiman 2001, "Random forests").
    """
    y = np.asarray(y)
    check_two_classes(y, "importance")
    names = [column.name for column in signature.columns]
    chosen = _sample(y, rows, seed)
    with fixed_threads(len(chosen)):
        drop = permutation_importance(
            model, X[names].iloc[chosen], y[chosen], scoring="roc_auc", n_repeats=repeats, random_state=seed
        )
    table = pd.DataFrame({"column": names, "importance": drop.importances_mean, "sd": drop.importances_std})
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _sample(y, rows, seed) -> np.ndarray:
    """Positions of at most `rows` rows, leavers and stayers in proportion, at least one of each."""
    rng = np.random.default_rng(seed)
    share = min(1.0, rows / len(y))
    drawn = [rng.permutation(of_one_kind)[: max(1, round(share * len(of_one_kind)))] for of_one_kind in _kinds(y)]
    return np.sort(np.concatenate(drawn))


def _kinds(y):
    return np.flatnonzero(y == 1), np.flatnonzero(y == 0)
