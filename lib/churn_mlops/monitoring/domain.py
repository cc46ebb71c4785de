"""Drift of all columns together: can a classifier tell rows of now from rows of the reference?

A classifier two-sample test (Lopez-Paz and Oquab, 2017, "Revisiting classifier two-sample tests"). Its ROC AUC on rows
that it has not seen is 0.5 where nothing tells them apart; columns that it leans on give the difference away, also
where it is in how they go together and each for itself looks as before. Months differ anyway, so it is held against
what the same classifier makes of the reference's own last months.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from churn_mlops.features.probe import encoded, fit_probe
from churn_mlops.features.signature import Signature
from churn_mlops.monitoring.performance import roc_auc_interval

SAMPLE = 2_000  # rows of each side
SMALLEST = 100  # rows of the smaller side below which nothing is learned
FOLDS = 2
NAMED = 5  # columns that give it away
_ROUNDS = 30
_WIDER = 2.576 / 1.96  # than the interval of 95%


@dataclass(frozen=True)
class DomainDrift:
    """How well now can be told from the reference, against how well the reference's last month can."""

    roc_auc: float  # NaN: too few rows
    roc_auc_low: float  # of 99%: on one side 1 in 200 lies beyond by chance
    roc_auc_high: float
    own: float  # of a month of the reference against those as long before it; 0.5 without dates
    own_high: float
    verdict: str  # "stable", "moved" or "unknown"
    columns: dict[str, float] = field(default_factory=dict)  # share of the gain, largest first


def domain_drift(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    signature: Signature,
    reference_dates: pd.Series | None = None,
    current_dates: pd.Series | None = None,
    *,
    seed: int = 0,
) -> DomainDrift:
    """Train the classifier by cross-fitting on a sample of both sides; moved where it beats the reference's own."""
    rng = np.random.default_rng(seed)
    auc, low, high, gains = _told_apart(reference, current, signature, rng)
    if np.isnan(auc):
        return DomainDrift(np.nan, np.nan, np.nan, 0.5, 0.5, "unknown")
    own, own_high = _own(reference, reference_dates, current_dates, signature, rng)
    total = sum(gains.values()) or 1.0
    worst = sorted(gains, key=lambda name: -gains[name])[:NAMED]
    columns = {name: gains[name] / total for name in worst if gains[name] > 0}
    return DomainDrift(auc, low, high, own, own_high, "moved" if low > own_high else "stable", columns)


def _own(reference, dates, current_dates, signature, rng) -> tuple[float, float]:
    """The best that is reached for one of the last months of the reference, against those as long before it as now is.

    ROC AUC and the upper end of its interval; 0.5 where there are no dates or too few months.
    """
    if dates is None:
        return 0.5, 0.5
    months = pd.to_datetime(pd.Series(dates)).to_numpy().astype("datetime64[M]").astype(float)
    months[pd.isna(pd.Series(dates)).to_numpy()] = np.nan
    last = np.nanmax(months)
    lag = 1 if current_dates is None else max(_month_of(current_dates) - last, 1)
    found = [(0.5, 0.5)]
    for one in (last, last - 1):
        auc, _, high, _ = _told_apart(reference[months <= one - lag], reference[months == one], signature, rng)
        found += [] if np.isnan(auc) else [(auc, high)]
    return max(found, key=lambda each: each[1])


def _month_of(dates) -> float:
    """The middle one of the months of some dates, counted from 1970."""
    months = pd.to_datetime(pd.Series(dates)).dropna().to_numpy().astype("datetime64[M]").astype(int)
    return float(np.median(months)) if len(months) else -np.inf


def _told_apart(before, now, signature, rng) -> tuple[float, float, float, dict[str, float]]:
    """ROC AUC out of fold with its interval, and the gain of each column; NaN where a side has too few rows."""
    if min(len(before), len(now)) < SMALLEST or not signature.columns:
        return np.nan, np.nan, np.nan, {}
    sides = [_drawn(side, rng) for side in (before, now)]
    X, categories = encoded(pd.concat(sides, ignore_index=True), signature)
    y = np.repeat([0, 1], [len(side) for side in sides])
    p, gains = _cross_fitted(X, y, categories, rng)
    auc, low, high = roc_auc_interval(y, p, np.arange(len(y)))
    low, high = auc - (auc - low) * _WIDER, auc + (high - auc) * _WIDER
    return auc, low, high, dict(zip(signature.names, gains, strict=True))


def _drawn(side: pd.DataFrame, rng) -> pd.DataFrame:
    return side if len(side) <= SAMPLE else side.iloc[rng.choice(len(side), SAMPLE, replace=False)]


def _cross_fitted(X, y, categories, rng) -> tuple[np.ndarray, np.ndarray]:
    """Each row's probability from a classifier that has not seen it, and the gains summed over the folds."""
    fold, p, gains = rng.integers(FOLDS, size=len(y)), np.empty(len(y)), np.zeros(X.shape[1])
    for one in range(FOLDS):
        held = fold == one
        booster = fit_probe(X[~held], y[~held], categories, _ROUNDS)
        p[held] = booster.predict(X[held], num_threads=1)
        gains += booster.feature_importance("gain")
    return p, gains
