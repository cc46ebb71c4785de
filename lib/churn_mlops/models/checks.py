"""Scores that can be measured: checked once, before any arithmetic could turn them into a silent NaN."""

import numpy as np

from churn_mlops.errors import DataError


def check_scores(y, p, what: str = "scores") -> tuple[np.ndarray, np.ndarray]:
    """`y` as float 0/1 and `p` as float probabilities of the same length; raises DataError."""
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    if y.shape != p.shape or y.ndim != 1:
        raise DataError(
            f"{what}: labels have shape {y.shape}, probabilities {p.shape}; expected one column of equal length."
        )
    if not len(y):
        raise DataError(f"{what}: no rows to evaluate. Cure: more data, or an earlier split.")
    if not np.isin(y, (0, 1)).all():
        raise DataError(f"{what}: labels must be 0 or 1; seen {_first(y, ~np.isin(y, (0, 1)))}.")
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError(f"{what}: probabilities must be from 0 to 1; seen {_first(p, ~((p >= 0) & (p <= 1)))}.")
    return y, p


def check_two_classes(y, what: str = "scores") -> None:
    """Raise DataError unless some rows left and some stayed: a ranking of one class has no meaning."""
    left = int(np.sum(y))
    if left in (0, len(y)):
        raise DataError(
            f"{what}: {left} of {len(y)} rows left; needed are some of both kinds. Cure: more data, a longer "
            "horizon, or another split."
        )


def _first(values, wrong) -> str:
    where = np.flatnonzero(wrong)
    return f"{values[where[0]]} in row {where[0]} ({len(where)} such rows)"
