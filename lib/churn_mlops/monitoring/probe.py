"""A cheap classifier of fixed settings, with which monitoring asks what columns can tell: never a model that serves."""

import numpy as np
import pandas as pd

from churn_mlops.features.signature import Signature
from churn_mlops.monitoring.bins import as_floats

SETTINGS = {
    "objective": "binary", "num_leaves": 8, "min_data_in_leaf": 20, "learning_rate": 0.15, "verbosity": -1, "seed": 0,
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "max_bin": 63, "feature_pre_filter": False,
}  # fmt: skip


def encoded(rows: pd.DataFrame, signature: Signature) -> tuple[np.ndarray, list[int]]:
    """The columns as numbers, categories by code; and which are categories."""
    parts = [
        as_floats(rows[c.name]) if c.kind == "number" else pd.factorize(rows[c.name])[0] for c in signature.columns
    ]
    categories = [i for i, column in enumerate(signature.columns) if column.kind != "number"]
    return np.column_stack(parts).astype(float), categories


def fit_probe(X: np.ndarray, y: np.ndarray, categories: list[int], rounds: int, **settings):
    """A LightGBM booster on encoded columns; `predict(X, num_threads=1)` gives the probability of `y` = 1."""
    import lightgbm

    chosen = SETTINGS | settings
    return lightgbm.train(chosen, lightgbm.Dataset(X, y, categorical_feature=categories, params=chosen), rounds)
