"""Are rows copies? Customers of a month who are another one to the last column, or as they were the month before."""

import numpy as np
import pandas as pd

from churn_mlops.monitoring.quality.rows import Months
from churn_mlops.monitoring.quality.usual import share_records

COPIES, UNCHANGED = "rows: copies", "rows: unchanged"


def check_copies(months: Months) -> list[dict]:
    """Two records a month: the share of rows that repeat another one, and that repeat their customer's last."""
    rows = pd.DataFrame({"hash": _hashes(months.codes[0]), "month": months.month, "customer": months.customer})
    again = rows.duplicated(["hash", "month"]).to_numpy()
    last = rows.assign(month=rows["month"] + 1)
    same = pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(last))
    found = (COPIES, again), (UNCHANGED, same)
    return [one for check, which in found for one in share_records(check, "", months, which, len(found))]


def _hashes(codes: np.ndarray) -> np.ndarray:
    """64 bits of each row: equal for equal rows, and by chance for one pair in 10^19 of others."""
    bits = np.where(np.isnan(codes), np.nan, codes + 0.0).view(np.uint64)  # one NaN, and no zero below zero
    odd = np.random.default_rng(0).integers(0, 2**63, codes.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return ((bits ^ (bits >> np.uint64(32))) * odd).sum(axis=1, dtype=np.uint64)
