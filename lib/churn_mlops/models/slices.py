"""Results by slice: every level of a category, every quantile band of a number."""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from churn_mlops.models.checks import check_scores, check_two_classes
from churn_mlops.models.diagnostics import Z, wilson
from churn_mlops.models.money import earned

STRONGEST = 6  # columns shown when none are named
LEVELS = 12  # most levels of a category shown; the rest are one slice
FEWEST = 20  # leavers and stayers that a slice needs for a ROC AUC
# Within a slice of a strong column every model ranks less well: what the column says is the same for all.
WORSE_RANKING = 0.10  # a slice ranks worse when its whole interval lies so far below the overall ROC AUC
WRONG_LEVEL = 0.20  # probabilities are off when the churn rate's interval misses them by this share
OTHER, MISSING = "(other)", "(missing)"


def slice_table(X, y, p, money=None, threshold=None, columns=None, bins: int = 4) -> pd.DataFrame:
    """One row a slice, the columns named or else the six along which the churn rate differs most.

    Columns: column, slice, rows, share, churn_rate, churn_low, churn_high (95%), mean_probability, roc_auc,
    roc_auc_low, roc_auc_high (95%; NaN with fewer than 20 leavers or stayers), profit (with money), flag:
    "" or what is clearly worse there ("ranks worse", "probabilities too low", "probabilities too high").
    """
    y, p = check_scores(y, p, "slices")
    check_two_classes(y, "slices")
    cut = {name: slices_of(X[name], bins) for name in (X.columns if columns is None else columns)}
    if columns is None:
        cut = {name: cut[name] for name in _strongest(cut, y)}
    gained = None if money is None else earned(y, p, money, threshold)
    overall = roc_auc(y, p)
    rows = [
        {"column": name, "slice": label, **_describe(y, p, gained, codes == k, overall)}
        for name, (codes, labels) in cut.items()
        for k, label in enumerate(labels)
    ]
    return pd.DataFrame(rows)


def slices_of(column: pd.Series, bins: int) -> tuple[np.ndarray, list[str]]:
    """(slice of each row, labels): levels by frequency, or quantile bands by value; missing ones last."""
    if pd.api.types.is_numeric_dtype(column):
        return _bands(column.to_numpy(dtype=float, na_value=np.nan), bins)
    text = column.astype("str").fillna(MISSING)
    shown = text.value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:LEVELS]
    codes = shown.get_indexer(text)
    labels = [str(level) for level in shown]
    return (np.where(codes < 0, len(labels), codes), [*labels, OTHER]) if (codes < 0).any() else (codes, labels)


def roc_auc(y, p) -> float:
    """ROC AUC from ranks; ties count one half."""
    left = y.sum()
    above = rankdata(p)[y == 1].sum() - left * (left + 1) / 2
    return float(above / (left * (len(y) - left)))


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


def _strongest(cut, y) -> list[str]:
    """The columns along whose slices the churn rate differs most, as variance between slices."""
    spread = {name: _between(codes, len(labels), y) for name, (codes, labels) in cut.items() if len(labels) > 1}
    return sorted(spread, key=spread.get, reverse=True)[:STRONGEST]


def _between(codes, count, y) -> float:
    rows = np.bincount(codes, minlength=count)
    rate = np.bincount(codes, weights=y, minlength=count) / np.maximum(rows, 1)
    return float(np.average((rate - y.mean()) ** 2, weights=rows))


def _describe(y, p, earned, inside, overall) -> dict:
    y_in, p_in = y[inside], p[inside]
    rows = len(y_in)
    rate, mean = (float(y_in.mean()), float(p_in.mean())) if rows else (np.nan, np.nan)
    low, high = wilson(rate, max(rows, 1))
    area, area_low, area_high = _area(y_in, p_in)
    return {
        "rows": rows,
        "share": rows / len(y),
        "churn_rate": rate,
        "churn_low": float(low),
        "churn_high": float(high),
        "mean_probability": mean,
        "roc_auc": area,
        "roc_auc_low": area_low,
        "roc_auc_high": area_high,
        **({} if earned is None else {"profit": float(earned[inside].sum())}),
        "flag": _flag(float(low), float(high), mean, area_high, overall),
    }


def _area(y, p) -> tuple[float, float, float]:
    """ROC AUC with its 95% interval (Hanley and McNeil 1982)."""
    left = int(y.sum())
    stayed = len(y) - left
    if min(left, stayed) < FEWEST:
        return np.nan, np.nan, np.nan
    a = roc_auc(y, p)
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    variance = (a * (1 - a) + (left - 1) * (q1 - a * a) + (stayed - 1) * (q2 - a * a)) / (left * stayed)
    half = Z * float(np.sqrt(variance))
    return a, max(0.0, a - half), min(1.0, a + half)


def _flag(churn_low, churn_high, mean, area_high, overall) -> str:
    if area_high < overall - WORSE_RANKING:
        return "ranks worse"
    if mean * (1 + WRONG_LEVEL) < churn_low:
        return "probabilities too low"
    if mean > churn_high * (1 + WRONG_LEVEL):
        return "probabilities too high"
    return ""
