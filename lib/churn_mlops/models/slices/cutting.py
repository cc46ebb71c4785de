"""How a column is cut into slices: every level of a category, every quantile band of a number."""

from itertools import pairwise

import numpy as np
import pandas as pd

LEVELS = 12  # most levels of a category shown; the rest are one slice
OTHER, MISSING = "(other)", "(missing)"


def slices_of(column: pd.Series, bins: int, levels: int = LEVELS) -> tuple[np.ndarray, list[str]]:
    """(slice of each row, labels): levels by frequency, or quantile bands by value; missing ones last."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.year.astype("str").where(column.notna(), None)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _bands(column.to_numpy(dtype=float, na_value=np.nan), bins)
    text = column.astype("str").fillna(MISSING)
    shown = text.value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:levels]
    codes = shown.get_indexer(text)
    labels = [str(level) for level in shown]
    return (np.where(codes < 0, len(labels), codes), [*labels, OTHER]) if (codes < 0).any() else (codes, labels)


def cut_columns(X: pd.DataFrame, names, order, bins: int, levels: int = LEVELS) -> dict[str, tuple]:
    """Each column's (slice of each row, labels), rows in the given order."""
    cut = {name: slices_of(X[name], bins, levels) for name in names}
    return {name: (codes[order], labels) for name, (codes, labels) in cut.items()}


def _bands(values, bins) -> tuple[np.ndarray, list[str]]:
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1))) if len(known) else np.array([])
    inner = edges[1:-1]
    codes, labels = np.searchsorted(inner, values, side="right"), _band_labels(edges)
    if np.isnan(values).any():
        codes = np.where(np.isnan(values), len(labels), codes)
        labels = [*labels, MISSING]
    return codes, labels


def _band_labels(edges) -> list[str]:
    if len(edges) < 3:
        return [f"{edge:.4g}" for edge in edges[:1]] if len(edges) < 2 else [f"{edges[0]:.4g} to {edges[1]:.4g}"]
    inner = [f"{a:.4g} to {b:.4g}" for a, b in pairwise(edges[1:-1])]
    return [f"below {edges[1]:.4g}", *inner, f"{edges[-2]:.4g} and above"]
