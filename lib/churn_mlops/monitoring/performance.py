"""Performance that came true: what the model said, beside what customers did, month by month."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from churn_mlops.errors import DataError
from churn_mlops.models.money import contacted, earned

MINIMUM = 10  # of churned and of kept customers, for a ROC AUC and its interval
_WIDTH = 1.96  # standard errors on each side of a 95% interval
ALL = "all"  # the one month of data without dates

_COLUMNS = ["month", "rows", "churned", "observed_rate", "expected_rate", "roc_auc", "roc_auc_low", "roc_auc_high"]
_MEASURED = ("y", "p", "customer", "contacted", "earned", "weight")
_COLUMNS += ["contacted", "found", "profit", "profit_low", "profit_high"]


def performance_by_month(dates, y, p, money, threshold: float, customers=None, weights=None) -> pd.DataFrame:
    """Realised performance, one row a month of the snapshot dates, oldest first; one row "all" without dates.

    `y` is 0, 1 or NaN where the label has not matured (left out), `p` the probability given at that
    time, `customers` their ids, so that rows of one customer do not count as independent. Columns:
    month, rows, churned, observed_rate, expected_rate (mean of p), roc_auc, contacted (as `models.contacted` decides),
    found (those of them who left), profit (currency, whole month; `money` as `models.stakes` gives it), with `_low` and
    `_high` of 95%.
    ROC AUC is NaN in a month with fewer than MINIMUM customers of either class. Raises DataError when a matured row
    has no probability. `weights` are what the rows count for (`models.row_weights`), where they were chosen by outcome.
    """
    rows = pd.DataFrame({"month": months_of_rows(dates, len(y)), "y": _plain(y, float), "p": _plain(p, float)})
    rows["customer"] = range(len(rows)) if customers is None else pd.factorize(_plain(customers))[0]
    rows["contacted"] = contacted(rows["p"], money, threshold)
    rows["weight"] = 1 if weights is None else weights
    rows["earned"] = rows["weight"] * earned(rows["y"], rows["p"], money, threshold)
    rows = rows[rows["y"].notna()]
    if rows["p"].isna().any():
        raise DataError(f"performance: {rows['p'].isna().sum()} matured rows have no probability. Cure: score them.")
    months = [
        {"month": month, **_measure(**{name: part[name].to_numpy() for name in _MEASURED})}
        for month, part in rows.groupby("month", sort=True)
    ]
    return pd.DataFrame(months, columns=_COLUMNS)


def roc_auc_drop(performance: pd.DataFrame | None, reference_roc_auc: float) -> float | None:
    """How far the newest measured month lies below the ROC AUC of the champion's evaluation.

    0 when its interval still holds that value: such a drop is noise. None when nothing was measured.
    """
    newest = newest_measured(performance)
    if newest is None or np.isnan(reference_roc_auc):
        return None
    noise = newest["roc_auc_high"] >= reference_roc_auc
    return 0.0 if noise else float(reference_roc_auc - newest["roc_auc"])


def newest_measured(performance: pd.DataFrame | None) -> dict | None:
    """The newest month that has a ROC AUC, as a record; None when there is none."""
    measured = [] if performance is None else performance[performance["roc_auc"].notna()].to_dict("records")
    return measured[-1] if measured else None


def roc_auc_interval(y: np.ndarray, p: np.ndarray, customers: np.ndarray) -> tuple[float, float, float]:
    """ROC AUC and its 95% interval, with rows clustered by customer (whole numbers from 0).

    The structural components of DeLong et al. (1988), summed by customer (Obuchowski, 1997); NaN with
    fewer than MINIMUM of either class.
    """
    churned = y == 1
    positives, negatives = int(churned.sum()), int((~churned).sum())
    if min(positives, negatives) < MINIMUM:
        return np.nan, np.nan, np.nan
    ranks, components = rankdata(p), np.empty(len(p))
    components[churned] = (ranks[churned] - rankdata(p[churned])) / negatives
    components[~churned] = 1 - (ranks[~churned] - rankdata(p[~churned])) / positives
    auc = components[churned].mean()
    error = _clustered_error((components - auc) / np.where(churned, positives, negatives), customers)
    return float(auc), float(max(auc - error, 0.0)), float(min(auc + error, 1.0))


def _measure(y, p, customer, contacted, earned, weight) -> dict:
    auc, auc_low, auc_high = roc_auc_interval(y, p, customer)
    profit, error = earned.sum(), _clustered_error(earned - earned.mean(), customer)
    return {
        "rows": len(y),
        "churned": int(y.sum()),
        "observed_rate": np.average(y, weights=weight),
        "expected_rate": np.average(p, weights=weight),
        "roc_auc": auc,
        "roc_auc_low": auc_low,
        "roc_auc_high": auc_high,
        "contacted": round(float(weight @ contacted)),
        "found": round(float(weight @ (contacted * y))),
        "profit": profit,
        "profit_low": profit - error,
        "profit_high": profit + error,
    }


def _clustered_error(parts: np.ndarray, customers: np.ndarray) -> float:
    """Half the 95% interval of a sum whose centred parts are independent between customers only."""
    return _WIDTH * float(np.sqrt(np.sum(np.bincount(customers, weights=parts) ** 2)))


def months_of_rows(dates, rows: int) -> np.ndarray:
    """Month of each row as text, YYYY-MM; "unknown" where the date is missing."""
    if dates is None:
        return np.full(rows, ALL)
    months = pd.to_datetime(pd.Series(_plain(dates))).dt.strftime("%Y-%m")
    return months.fillna("unknown").to_numpy()


def _plain(values, kind=None) -> np.ndarray:
    return pd.Series(values).to_numpy() if kind is None else pd.Series(values).to_numpy(dtype=kind, na_value=np.nan)
