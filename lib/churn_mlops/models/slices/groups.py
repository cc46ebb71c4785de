"""Groups of people that a decision should treat alike: how often each is chosen, and how often wrongly."""

import numpy as np
import pandas as pd

from churn_mlops.models.bootstrap import customer_codes, replicate_weights
from churn_mlops.models.diagnostics import Z
from churn_mlops.models.slices.cutting import slices_of
from churn_mlops.models.slices.measuring import FEWEST, corrected

RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")
ERRORS = RATES[1:]  # gaps in these are faults; a group that leaves more often is rightly chosen more often
COLUMNS = ["column", "group", "rows", "leavers", "churn_rate"] + [
    f"{rate}{end}" for rate in RATES for end in ("", "_low", "_high", "_gap", "_gap_low", "_gap_high", "_gap_sure")
]


def group_table(groups, y, contacted, customers=None, weights=None, replicates: int = 200, seed: int = 0):
    """One row a group of each column of `groups` (levels, or quarters of a number), at the decisions `contacted`.

    selection_rate: share contacted; true_positive_rate: of those who left; false_positive_rate: of those who stayed.
    Each with its 95% interval, and its gap to everybody else's rate with an interval. `_gap_sure` is how far from zero
    the gap surely is, allowing for the number of groups looked at. Intervals come from drawing customers, not rows. A
    rate is NaN where there are fewer than 20 of whom it is a share.
    """
    y, contacted = np.asarray(y, dtype=float), np.asarray(contacted, dtype=float)
    weights = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    customer = customer_codes(customers, len(y))
    cut = {name: slices_of(groups[name], 4) for name in groups}
    z = corrected(len(ERRORS) * sum(len(labels) for _, labels in cut.values()))
    rows = []
    for name, (codes, labels) in cut.items():
        counted = _counted(codes, len(labels), y, contacted, weights, customer)
        drawn = _drawn(counted, replicates, seed)
        known = [_known(y[codes == k], y[codes != k]) for k in range(len(labels))]
        rows += [
            {"column": name, "group": label, **_size(codes == k, y, weights), **_rates(counted, drawn, k, known[k], z)}
            for k, label in enumerate(labels)
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def widest_gap(table: pd.DataFrame) -> tuple[float, str]:
    """The sure gap in an error rate that is widest, and a sentence that names it; (NaN, "") without groups."""
    gaps = table[[f"{rate}_gap_sure" for rate in ERRORS]]
    if not gaps.notna().to_numpy().any():
        return float("nan"), ""
    place, rate = np.unravel_index(np.nanargmax(gaps.to_numpy()), gaps.shape)
    row, name = table.iloc[place], ERRORS[rate]
    who = f"`{row['column']}` = {row['group']}"
    told = (
        f"{who} has a {name.replace('_', ' ')} of {row[name]:.3f}, against everybody else's "
        f"{row[name + '_gap']:+.3f} ({row[name + '_gap_low']:+.3f} to {row[name + '_gap_high']:+.3f})."
    )
    return float(gaps.iloc[place, rate]), told


def _size(inside, y, weights) -> dict:
    rate = float((weights * y)[inside].sum() / weights[inside].sum()) if inside.any() else np.nan
    return {"rows": int(inside.sum()), "leavers": int(y[inside].sum()), "churn_rate": rate}


def _counted(codes, groups, y, contacted, weights, customer) -> np.ndarray:
    """Weights by customer, group and kind: all, contacted, left, left and contacted."""
    shape = (customer.max() + 1, groups)
    place = customer * groups + codes
    kinds = (weights, weights * contacted, weights * y, weights * y * contacted)
    return np.stack([np.bincount(place, kind, shape[0] * groups).reshape(shape) for kind in kinds], axis=-1)


def _drawn(counted, replicates: int, seed: int) -> np.ndarray:
    """The sums over customers in each replicate, shape (replicates, groups, kinds)."""
    flat = counted.reshape(len(counted), -1)
    blocks = replicate_weights(np.arange(len(flat)), replicates, seed)
    return np.concatenate([np.einsum("rc,ck->rk", block, flat) for block in blocks]).reshape(-1, *counted.shape[1:])


def _rates(counted, drawn, group: int, known: dict, z: float) -> dict:
    sums = counted.sum(axis=0)
    own, others = _shares(sums[group]), _shares(np.delete(sums, group, axis=0).sum(axis=0))
    drawn_own, drawn_others = _shares(drawn[:, group]), _shares(np.delete(drawn, group, axis=1).sum(axis=1))
    told = {}
    for rate in RATES:
        value = own[rate] if known[rate][0] else np.nan
        gap = own[rate] - others[rate] if all(known[rate]) else np.nan
        spread = np.nanstd(drawn_own[rate]) if known[rate][0] else np.nan
        gap_spread = np.nanstd(drawn_own[rate] - drawn_others[rate]) if all(known[rate]) else np.nan
        told |= {
            rate: value,
            f"{rate}_low": max(0.0, value - Z * spread) if known[rate][0] else np.nan,
            f"{rate}_high": min(1.0, value + Z * spread) if known[rate][0] else np.nan,
            f"{rate}_gap": gap,
            f"{rate}_gap_low": gap - Z * gap_spread,
            f"{rate}_gap_high": gap + Z * gap_spread,
            f"{rate}_gap_sure": max(0.0, abs(gap) - z * gap_spread) if all(known[rate]) else np.nan,
        }
    return told


def _shares(sums) -> dict[str, np.ndarray]:
    everyone, contacted, left, found = np.moveaxis(np.asarray(sums, dtype=float), -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = (contacted / everyone, found / left, (contacted - found) / (everyone - left))
    return dict(zip(RATES, parts, strict=True))


def _known(own, others) -> dict[str, tuple[bool, bool]]:
    """For each rate, whether the group and the others have enough of whom it is a share."""
    counts = (len, lambda y: y.sum(), lambda y: len(y) - y.sum())
    return {rate: (count(own) >= FEWEST, count(others) >= FEWEST) for rate, count in zip(RATES, counts, strict=True)}
