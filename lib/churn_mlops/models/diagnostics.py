"""Tables that show where a model is right: are its probabilities true, and how many leavers does it find."""

import numpy as np
import pandas as pd

from churn_mlops.models.bootstrap import customer_codes
from churn_mlops.models.checks import check_scores, check_two_classes

Z = 1.959964  # of a 95% interval


def reliability_table(y, p, bins: int = 10, customers=None, weights=None) -> pd.DataFrame:
    """Mean probability beside churn rate, in bins of about equal weight; equal scores share a bin.

    Columns: low, high (edges of the bin, probability), rows, mean_probability, churn_rate, churn_low,
    churn_high (95% Wilson interval of the rate, on as many rows as the bin's customers and weights are worth).
    """
    y, p = check_scores(y, p, "reliability")
    weights = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    code, _ = pd.factorize(_quantile_bins(p, bins, weights), sort=True)
    customer = customer_codes(customers, len(y))
    parts = ((p[code == k], y[code == k], weights[code == k], customer[code == k]) for k in range(code.max() + 1))
    return pd.DataFrame([_bin(*part) for part in parts])


def _bin(p, y, weights, customer) -> dict[str, float]:
    rate = float(np.average(y, weights=weights))
    low, high = wilson(rate, effective_rows(y, weights, customer))
    return {
        "low": float(p.min()),
        "high": float(p.max()),
        "rows": len(p),
        "mean_probability": float(np.average(p, weights=weights)),
        "churn_rate": rate,
        "churn_low": float(low),
        "churn_high": float(high),
    }


def effective_rows(y, weights, customer) -> float:
    """How many independent rows of equal weight would know the share of leavers as well; never more than there are.

    Rows of one customer are no independent news, and of unequal weights the heavy ones decide (Kish 1965, "Survey
    Sampling", 11.7; Korn and Graubard 1998 for intervals of shares).
    """
    total, rate = weights.sum(), np.average(y, weights=weights)
    by_weight = total**2 / (weights @ weights)
    clustered = np.bincount(customer, weights=weights * (y - rate)) / total
    variance = float(clustered @ clustered)
    return float(min(by_weight, rate * (1 - rate) / variance)) if variance > 0 else float(by_weight)


def gain_table(y, p, points: int = 100, weights=None) -> pd.DataFrame:
    """Share of all leavers found among the customers with the highest scores.

    Columns: share (of customers contacted, 0 to 1), captured (of leavers, 0 to 1), best (if every leaver
    ranked first), lift (captured / share; NaN at share 0). Equal scores are found in proportion.
    """
    y, p = check_scores(y, p, "gain")
    check_two_classes(y, "gain")
    order = np.argsort(-p, kind="stable")
    last = np.flatnonzero(np.append(np.diff(p[order]) != 0, True))
    weights = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    seen, left = np.cumsum(weights[order])[last] / weights.sum(), float(weights @ y)
    caught = np.cumsum((weights * y)[order])[last] / left
    share = np.linspace(0, 1, points + 1)
    captured = np.interp(share, np.append(0, seen), np.append(0, caught))
    with np.errstate(invalid="ignore"):
        lift = captured / share
    return pd.DataFrame(
        {"share": share, "captured": captured, "best": np.minimum(share * weights.sum() / left, 1), "lift": lift}
    )


def wilson(rate, rows, z: float = Z) -> tuple[np.ndarray, np.ndarray]:
    """The interval of a share (Wilson 1927), of 95% or `z` standard errors: within 0 and 1, and wide at a rate of 0."""
    rate, rows = np.asarray(rate, dtype=float), np.asarray(rows, dtype=float)
    centre = (rate + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * np.sqrt(rate * (1 - rate) / rows + z**2 / (4 * rows**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def _quantile_bins(values, bins, weights) -> np.ndarray:
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    if (weights == weights[0]).all():
        edges = np.unique(np.quantile(values, inner))
    else:
        edges = np.unique(np.quantile(values, inner, weights=weights, method="inverted_cdf"))
    return np.searchsorted(edges, values, side="right")
