"""Trees from a file are followed without looking: compiled code takes each child and each column as it is told.

So what it is told is looked at once, when a model is loaded: a child that leads out of the tree would read memory that
is not the model's, one that leads back would never end.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from churn_mlops.errors import DataError


def check_trees(model, path: Path) -> None:
    """Raise DataError where a tree of scikit-learn's boosting leads out of itself, back, or to no column."""
    for estimator in _boosters(model):
        columns = int(estimator.n_features_in_)
        for tree in (tree for trees in estimator._predictors for tree in trees):
            if flaw := _flaw(tree, columns):
                raise DataError(f"{path}: not a complete model file (a tree {flaw}). Cure: make it again.")


def _flaw(tree, columns: int) -> str | None:
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    nodes = tree.nodes
    if not isinstance(nodes, np.ndarray) or nodes.dtype != PREDICTOR_RECORD_DTYPE or nodes.ndim != 1 or not len(nodes):
        return "has no nodes of its kind"
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    for side in ("left", "right"):
        child = nodes[side][inner].astype("int64")
        if ((child <= inner) | (child >= len(nodes))).any():
            return "leads out of itself, or back"
    told = nodes[inner]
    if ((told["feature_idx"] < 0) | (told["feature_idx"] >= columns)).any():
        return f"asks for a column beyond the {columns} that it has"
    sets = min(len(tree.raw_left_cat_bitsets), len(tree.binned_left_cat_bitsets))
    split = told["is_categorical"] != 0
    return "names a set of levels that it has not" if (told["bitset_idx"][split] >= sets).any() else None


def _boosters(model) -> Iterator:
    """Every boosting within a model, found by what objects hold; each object once."""
    left, seen = [model], set()
    while left:
        value = left.pop()
        if id(value) in seen or isinstance(value, (str, bytes, int, float, type, np.ndarray)):
            continue
        seen.add(id(value))
        if hasattr(value, "_predictors") and hasattr(value, "n_features_in_"):
            yield value
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, (list, tuple, set)):
            left.extend(value)
        else:
            left.extend(getattr(value, "__dict__", {}).values())
