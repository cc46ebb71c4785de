"""Tables that show where a model is right: are its probabilities true, and how many leavers does it find."""

import numpy as np
import pandas as pd

from churn_mlops.models.checks import check_scores, check_two_classes

Z = 1.959964  # of a 95% interval


def reliability_table(y, p, bins: int = 10) -> pd.DataFrame:
    """Mean probability beside churn rate, in bins of about equal numbers of rows; equal scores share a bin.

    Columns: low, high (edges of the bin, probability), rows, mean_probability, churn_rate, churn_low,
    churn_high (95% Wilson interval of the rate).
    """
    y, p = check_scores(y, p, "reliability")
    code, _ = pd.factorize(_quantile_bins(p, bins), sort=True)
    table = (
        pd.DataFrame({"bin": code, "p": p, "y": y})
        .groupby("bin")
        .agg(
            low=("p", "min"),
            high=("p", "max"),
            rows=("p", "size"),
            mean_probability=("p", "mean"),
            churn_rate=("y", "mean"),
        )
    )
    table["churn_low"], table["churn_high"] = wilson(table["churn_rate"], table["rows"])
    return table.reset_index(drop=True)


def gain_table(y, p, points: int = 100) -> pd.DataFrame:
    """Share of all leavers found among the customers with the highest scores.

    Columns: share (of customers contacted, 0 to 1), captured (of leavers, 0 to 1), best (if every leaver
    ranked first), lift (captured / share; NaN at share 0). Equal scores are found in proportion.
    """
    y, p = check_scores(y, p, "gain")
    check_two_classes(y, "gain")
    order = np.argsort(-p, kind="stable")
    last = np.flatnonzero(np.append(np.diff(p[order]) != 0, True))
    caught = np.cumsum(y[order])[last] / y.sum()
    share = np.linspace(0, 1, points + 1)
    captured = np.interp(share, np.append(0, (last + 1) / len(y)), np.append(0, caught))
    with np.errstate(invalid="ignore"):
        lift = captured / share
    return pd.DataFrame({"share": share, "captured": captured, "best": np.minimum(share / y.mean(), 1), "lift": lift})


def wilson(rate, rows, z: float = Z) -> tuple[np.ndarray, np.ndarray]:
    """The interval of a share (Wilson 1927), of 95% or `z` standard errors: within 0 and 1, and wide at a rate of 0."""
    rate, rows = np.asarray(rate, dtype=float), np.asarray(rows, dtype=float)
    centre = (rate + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * np.sqrt(rate * (1 - rate) / rows + z**2 / (4 * rows**2))
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def _quantile_bins(values, bins) -> np.ndarray:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, values, side="right")
