"""Results by slice: along the columns that were named or in which churn differs most, and wherever a model is worse."""

import numpy as np
import pandas as pd

from churn_mlops.models.checks import check_scores, check_two_classes
from churn_mlops.models.money import earned
from churn_mlops.models.slices.cutting import cut_columns
from churn_mlops.models.slices.measuring import Scored, corrected, measure, roc_auc, sort_by_score
from churn_mlops.models.slices.searching import FEW_LEVELS, PAIRED, worse_columns, worse_pairs

STRONGEST = 6  # columns shown when none are named


def slice_table(
    X, y, p, money=None, threshold=None, columns=(), bins: int = 4, customers=None, weights=None, seed: int = 0
) -> pd.DataFrame:
    """One row a slice: of the columns named, or else of the six along which the churn rate differs most.

    Other columns follow in which a slice is flagged, and pairs of columns in which one pair is flagged and neither of
    its two slices is. Columns: column, slice, rows, share, churn_rate, churn_low, churn_high (95%),
    mean_probability, roc_auc, roc_auc_low, roc_auc_high (95%; NaN with fewer than 20 leavers or stayers), profit
    (with money); holds: the share of what the probabilities say that may hold there; flag: "" or what is clearly
    worse ("ranks worse", "probabilities too low", "probabilities too high"). The last two allow for the number of
    slices looked at.
    """
    y, p = check_scores(y, p, "slices")
    check_two_classes(y, "slices")
    gained = None if money is None else earned(y, p, money, threshold)
    scored, order = sort_by_score(y, p, weights, customers, gained)
    cut = cut_columns(X, X.columns, order, bins)
    first = list(columns) or _strongest(cut, scored.y)
    found = worse_columns(cut, scored, roc_auc(y, p), seed)
    shown = [*first, *(name for name in found if name not in first)]
    looks = sum(len(labels) for _, labels in cut.values())
    rows = describe({name: cut[name] for name in shown}, scored, corrected(looks))
    coarse = cut_columns(X, first[:PAIRED], order, bins, FEW_LEVELS)
    return pd.DataFrame(rows + worse_pairs(coarse, scored, rows))


def describe(cut, scored: Scored, z: float) -> list[dict]:
    """A record for every slice of the columns in `cut`: name -> (slice of each row, labels)."""
    overall, total = roc_auc(scored.y, scored.p), scored.weights.sum()
    return [
        {"column": name, "slice": label, **measure(scored.take(codes == k), total, overall, z)}
        for name, (codes, labels) in cut.items()
        for k, label in enumerate(labels)
    ]


def _strongest(cut, y) -> list[str]:
    """The columns along whose slices the churn rate differs most, as variance between slices."""
    spread = {name: _between(codes, len(labels), y) for name, (codes, labels) in cut.items() if len(labels) > 1}
    return sorted(spread, key=spread.get, reverse=True)[:STRONGEST]


def _between(codes, count, y) -> float:
    rows = np.bincount(codes, minlength=count)
    rate = np.bincount(codes, weights=y, minlength=count) / np.maximum(rows, 1)
    return float(np.average((rate - y.mean()) ** 2, weights=rows))
