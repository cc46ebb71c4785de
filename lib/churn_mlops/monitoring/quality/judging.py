"""Which findings hold a promotion back: outside of what is usual, and farther than a limit that a reader can judge.

The data's own variation alone would call everything odd in large data, a fixed limit alone every month in small data.
"""

from dataclasses import dataclass

import numpy as np

ODD, SOUND, UNKNOWN, EXCUSED = "odd", "sound", "not known", "known"


@dataclass(frozen=True)
class Limits:
    """What a month may differ by from those before it."""

    roc_auc_drop: float = 0.05  # of the probe's ROC AUC
    rate_ratio: float = 1.5  # leavers for each that was expected, against what is usual, either way
    column_factor: float = 1.5  # of a column's values, either way
    missing_rise: float = 0.2  # share of rows
    copies: float = 0.02  # share of rows beyond the usual
    segment_ratio: float = 3.0  # leavers of a new segment for each that was expected, surely, either way


def judge(table, limits: Limits, known: str = ""):
    """The table of findings with `excess`, `limit` and `verdict`; columns and months that `known` names are excused.

    `known` are names of columns and months (YYYY-MM), separated by commas: what somebody knows to be real.
    """
    names = {name.strip() for name in known.split(",")} - {""}
    excess = np.array([_excess(row) for row in table.itertuples()], dtype=float)
    limit = table["check"].map(_by_check(limits)).to_numpy(dtype=float)
    outside = np.array([_outside(row) for row in table.itertuples()], dtype=bool)
    verdict = np.where(outside & (excess > limit), ODD, SOUND).astype(object)
    verdict[table["low"].isna().to_numpy()] = UNKNOWN
    excused = np.array([_excused(row, names) for row in table.itertuples()], dtype=bool)
    verdict[(verdict == ODD) & excused] = EXCUSED
    return table.assign(excess=excess, limit=limit, verdict=verdict.astype(str))


def _by_check(limits: Limits) -> dict[str, float]:
    return {
        "labels: order": limits.roc_auc_drop,
        "labels: rate": limits.rate_ratio,
        "columns: factor": limits.column_factor,
        "columns: reach": limits.column_factor,
        "columns: missing": limits.missing_rise,
        "rows: copies": limits.copies,
        "rows: unchanged": limits.copies,
        "segments": limits.segment_ratio,
    }


def _excess(row) -> float:
    """How far a finding is from what is usual, in what its limit is in."""
    if row.check == "segments":
        return max(row.low, 1 / row.high)
    if row.check in ("labels: rate", "columns: factor", "columns: reach"):
        return max(row.value / row.usual, row.usual / row.value)
    return row.usual - row.value if row.check == "labels: order" else row.value - row.usual


def _outside(row) -> bool:
    """Whether a finding is not as is usual; a segment's bounds are its own, and a better order is no fault."""
    if row.check == "segments":
        return not row.low <= 1 <= row.high
    return row.value < row.low or (row.value > row.high and row.check != "labels: order")


def _excused(row, names: set[str]) -> bool:
    return row.month in names or row.what in names or any(f"`{name}`" in row.what for name in names)
