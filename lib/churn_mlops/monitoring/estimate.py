"""Performance before labels are in, estimated from the probabilities alone.

Confidence-based performance estimation (CBPE: NannyML's documentation, "Confidence-based performance estimation",
after Garg et al., 2022, "Leveraging unlabeled data to predict out-of-distribution performance", and Guillory et al.,
2021). A calibrated probability says how often such a customer leaves, so a row of probability p counts as p of a leaver
and 1 - p of one who stays: expected true positives are the sum of p above the threshold, false ones that of 1 - p; the
expected ROC AUC is

    sum over pairs i, j of p_i (1 - p_j) [p_i > p_j, or one half where equal] / (sum of p * sum of (1 - p)).

It sees a change in who the customers are. It is blind where what makes them leave has changed, for then the
probabilities are wrong and it believes them: so it is drawn beside what came true, as soon as that is known.
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from churn_mlops.models.money import contacted, everybody
from churn_mlops.models.stakes import Stakes, by_customer, numbers
from churn_mlops.monitoring.performance import months_of_rows

DRAWS = 100  # of labels, for the interval of the ROC AUC
AT_ONCE = 20_000  # rows on which those are drawn at most; the interval is then scaled to all
NOW = "now"  # the month of customers whose month is among those that came true, or who have none
_WIDTH = 1.96

ESTIMATES = ["estimated_rows", "estimated_rate", "estimated_roc_auc", "estimated_roc_auc_low", "estimated_roc_auc_high"]
ESTIMATES += ["estimated_found", "estimated_profit", "estimated_profit_low", "estimated_profit_high"]


def estimate_by_month(dates, p, money, threshold: float, weights=None) -> pd.DataFrame:
    """One row a month of the snapshot dates: month and ESTIMATES; intervals of 95% are of chance alone.

    `p` are calibrated probabilities, 0 to 1; `money` as `models.stakes` gives it; `weights` as in `performance`.
    """
    p = np.asarray(p, dtype=float)
    weights = np.ones(len(p)) if weights is None else np.asarray(weights, dtype=float)
    months = pd.Series(months_of_rows(dates, len(p)))
    groups = months.groupby(months).groups.items()
    parts = [{"month": month, **_estimate(p, money, threshold, weights, rows)} for month, rows in groups]
    return pd.DataFrame(parts, columns=["month", *ESTIMATES])


def estimated_roc_auc(p: np.ndarray) -> float:
    """The expected ROC AUC of calibrated probabilities; NaN where nobody, or everybody, is sure to leave."""
    order = np.argsort(p, kind="stable")
    leave, stay = p[order], 1 - p[order]
    _, first = np.unique(leave, return_index=True)
    leavers, stayers = np.add.reduceat(leave, first), np.add.reduceat(stay, first)
    below = np.cumsum(stayers) - stayers
    pairs = leave.sum() * stay.sum()
    return float((leavers * (below + stayers / 2)).sum() / pairs) if pairs > 0 else np.nan


def with_estimates(realised: pd.DataFrame, estimated: pd.DataFrame) -> pd.DataFrame:
    """What came true and what was estimated by month; months that lack one of them have NaN there."""
    return realised.merge(estimated, on="month", how="outer", sort=True)


def joined(matured: pd.DataFrame, coming: pd.DataFrame) -> pd.DataFrame:
    """The estimates of months whose labels are in, and of those still to come; `now` where there are no dates."""
    both = coming["month"].isin(matured["month"])
    return pd.concat([matured, coming.assign(month=coming["month"].mask(both, NOW))], ignore_index=True)


def trust(table: pd.DataFrame) -> dict[str, float]:
    """How far the estimate was off where both are known: months, mean absolute error of ROC AUC and of profit a row."""
    both = table.dropna(subset=["roc_auc", "estimated_roc_auc"])
    off = (both["roc_auc"] - both["estimated_roc_auc"]).abs()
    profit = ((both["profit"] - both["estimated_profit"]) / both["rows"]).abs()
    return {
        "estimated_months": len(both),
        "estimated_roc_auc_error": float(off.mean()) if len(both) else np.nan,
        "estimated_profit_error": float(profit.mean()) if len(both) else np.nan,
    }


def _estimate(p, money, threshold, weights, rows) -> dict:
    rows = np.asarray(rows)
    p, weights, money = p[rows], weights[rows], _of_rows(money, rows)
    low, high = _interval(p)
    chosen = contacted(p, money, threshold)
    profit = float((weights * everybody(p, money))[chosen].sum())
    value = np.broadcast_to(everybody(np.ones(len(p)), money) - everybody(np.zeros(len(p)), money), len(p))
    error = _WIDTH * float(np.sqrt((weights**2 * value**2 * p * (1 - p))[chosen].sum()))
    return {
        "estimated_rows": len(p),
        "estimated_rate": float(np.average(p, weights=weights)) if len(p) else np.nan,
        "estimated_roc_auc": estimated_roc_auc(p),
        "estimated_roc_auc_low": low,
        "estimated_roc_auc_high": high,
        "estimated_found": float((weights * p)[chosen].sum()),
        "estimated_profit": profit,
        "estimated_profit_low": profit - error,
        "estimated_profit_high": profit + error,
    }


def _of_rows(money, rows):
    if not by_customer(money):
        return money
    return Stakes(*(one[rows] if np.ndim(one) else one for one in numbers(money)), money.currency)


def _interval(p: np.ndarray) -> tuple[float, float]:
    """95% of the ROC AUC, from labels drawn by the probabilities themselves."""
    rng = np.random.default_rng(0)
    seen = p if len(p) <= AT_ONCE else rng.choice(p, AT_ONCE, replace=False)
    ranks, found = rankdata(seen), []
    for _ in range(DRAWS):
        left = rng.random(len(seen)) < seen
        n = int(left.sum())
        if 0 < n < len(seen):
            found.append((ranks[left].sum() - n * (n + 1) / 2) / (n * (len(seen) - n)))
    if len(found) < DRAWS // 2:
        return np.nan, np.nan
    middle, error = estimated_roc_auc(p), _WIDTH * float(np.std(found)) * np.sqrt(len(seen) / len(p))
    return max(middle - error, 0.0), min(middle + error, 1.0)
