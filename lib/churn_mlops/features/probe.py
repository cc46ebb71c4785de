"""A cheap classifier of fixed settings, with which one asks what columns can tell: never a model that serves."""

import numpy as np

from churn_mlops.features.signature import Signature

SETTINGS = {
    "objective": "binary", "num_leaves": 8, "min_data_in_leaf": 20, "learning_rate": 0.15, "verbosity": -1, "seed": 0,
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "max_bin": 63, "feature_pre_filter": False,
}  # fmt: skip


def encoded(rows, signature: Signature) -> tuple[np.ndarray, list[int]]:
    """The columns of a frame as `conform` gives it, as numbers: categories by code; and which are categories."""
    import pandas as pd

    parts = [_codes(rows[column.name], column.kind, pd) for column in signature.columns]
    categories = [place for place, column in enumerate(signature.columns) if column.kind != "number"]
    return np.column_stack(parts).astype(float), categories


def fit_probe(X: np.ndarray, y: np.ndarray, categories: list[int], rounds: int, **settings):
    """A LightGBM booster on encoded columns; `predict(X, num_threads=1)` gives the probability of `y` = 1."""
    import lightgbm

    chosen = SETTINGS | settings
    return lightgbm.train(chosen, lightgbm.Dataset(X, y, categorical_feature=categories, params=chosen), rounds)


def _codes(column, kind: str, pd) -> np.ndarray:
    if kind != "number":
        return pd.factorize(column)[0]
    numbers = column if pd.api.types.is_numeric_dtype(column.dtype) else pd.to_numeric(column, errors="coerce")
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)
