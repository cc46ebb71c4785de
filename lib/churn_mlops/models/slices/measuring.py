"""One slice: how the model ranks there, whether its level is right, and a flag where it clearly fails."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from churn_mlops.models.bootstrap import customer_codes
from churn_mlops.models.diagnostics import Z, effective_rows, wilson

FEWEST = 20  # leavers and stayers that a slice needs for a ROC AUC
# Within a slice of a strong column every model ranks less well: what the column says is the same for all.
WORSE_RANKING = 0.10  # a slice ranks worse when its whole interval lies so far below the overall ROC AUC
WRONG_LEVEL = 0.20  # probabilities are off when the churn rate's interval misses them by this share
PROMISED = 0.05  # above 0.5, that the probabilities must promise before it is asked how much of it holds


@dataclass(frozen=True)
class Scored:
    """Rows by ascending probability, with what became of them; `gained` is the profit of each decision, or None."""

    y: np.ndarray
    p: np.ndarray
    weights: np.ndarray  # of each row: all 1, but where leavers are as rare as in the real world only by weight
    customer: np.ndarray  # of each row, as a number
    gained: np.ndarray | None = None

    def take(self, rows) -> "Scored":
        """The chosen rows: a mask, or positions in order."""
        gained = None if self.gained is None else self.gained[rows]
        return Scored(self.y[rows], self.p[rows], self.weights[rows], self.customer[rows], gained)


def sort_by_score(y, p, weights=None, customers=None, gained=None) -> tuple[Scored, np.ndarray]:
    """The rows by ascending probability, and the order that puts them so."""
    order = np.argsort(p, kind="stable")
    weights = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    return Scored(y, p, weights, customer_codes(customers, len(y)), gained).take(order), order


def corrected(looks: int) -> float:
    """The half-width, in standard errors, of an interval that holds for all of so many looks at once (Bonferroni)."""
    return float(norm.isf(0.025 / max(looks, 1)))


def measure(inside: Scored, total: float, overall: float, z: float) -> dict:
    """What `slice_table` says of one slice; `total` is the weight of all rows, `overall` the ROC AUC of all.

    Intervals are of 95%; flag and `holds` use intervals of `z` standard errors.
    """
    rows, weight = len(inside.y), inside.weights.sum()
    rate, mean = (float((inside.weights * part).sum() / weight) if rows else np.nan for part in (inside.y, inside.p))
    worth = effective_rows(inside.y, inside.weights, inside.customer) if rows else 1.0
    low, high = wilson(rate, worth)
    area, error = _area(inside.y, inside.p)
    error *= np.sqrt(max(1.0, rows / worth))  # rows of one customer are no independent news of the ranking either
    surely = (*map(float, wilson(rate, worth, z)), area + z * error)
    return {
        "rows": rows,
        "share": float(weight / total),
        "churn_rate": rate,
        "churn_low": float(low),
        "churn_high": float(high),
        "mean_probability": mean,
        "roc_auc": area,
        "roc_auc_low": max(0.0, area - Z * error) if error == error else np.nan,
        "roc_auc_high": min(1.0, area + Z * error) if error == error else np.nan,
        **({} if inside.gained is None else {"profit": float(inside.gained.sum())}),
        "holds": _holds(*surely, mean, promised(inside)),
        "flag": _flag(*surely, mean, overall),
    }


def roc_auc(y, p) -> float:
    """ROC AUC; ties count one half."""
    order = np.argsort(p, kind="stable")
    return _ranking(p[order], y[order], 1 - y[order])


def promised(inside: Scored) -> float:
    """The ROC AUC that these rows would have if each probability were true.

    In a slice along a strong column the probabilities lie closer together, and promise less than over all rows.
    """
    return _ranking(inside.p, inside.weights * inside.p, inside.weights * (1 - inside.p))


def _ranking(p, leaving, staying) -> float:
    """How often a leaver is above a stayer, from how much of each kind every row is; by ascending probability."""
    pairs = leaving.sum() * staying.sum()
    if not pairs > 0:
        return 0.5
    starts = np.flatnonzero(np.append(True, np.diff(p) != 0))
    up, down = np.add.reduceat(leaving, starts), np.add.reduceat(staying, starts)
    return float((up * (np.cumsum(down) - down / 2)).sum() / pairs)


def _area(y, p) -> tuple[float, float]:
    """ROC AUC and its standard error (Hanley and McNeil 1982); NaN where there are too few."""
    left = int(y.sum())
    stayed = len(y) - left
    if min(left, stayed) < FEWEST:
        return np.nan, np.nan
    a = _ranking(p, y, 1 - y)
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    variance = (a * (1 - a) + (left - 1) * (q1 - a * a) + (stayed - 1) * (q2 - a * a)) / (left * stayed)
    return a, float(np.sqrt(variance))


def _flag(churn_low, churn_high, area_high, mean, overall) -> str:
    if area_high < overall - WORSE_RANKING:
        return "ranks worse"
    if mean * (1 + WRONG_LEVEL) < churn_low:
        return "probabilities too low"
    if mean > churn_high * (1 + WRONG_LEVEL):
        return "probabilities too high"
    return ""


def _holds(churn_low, churn_high, area_high, mean, promise) -> float:
    """The share of what the probabilities say that may hold, 1 to 0 and below: of their level, of their ranking."""
    shares = [1.0]
    if mean < churn_low:
        shares.append(mean / churn_low)
    if mean > churn_high:
        shares.append(churn_high / mean)
    if promise - 0.5 > PROMISED and area_high == area_high:
        shares.append((area_high - 0.5) / (promise - 0.5))
    return float(min(shares))
