"""What the decisions earn, with intervals: the curve over the threshold, and the gain over deciding without a model."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.models.bootstrap import customer_codes, interval, replicate_weights
from churn_mlops.models.checks import check_scores
from churn_mlops.models.money import contacted, everybody, expected_profit, profit_curve, ranked_by
from churn_mlops.models.stakes import numbers
from churn_mlops.models.threads import fixed_threads

POINTS = 200  # of the curve; thresholds between two of them earn what lies between
NOBODY, EVERYBODY, RANDOM = "contact nobody", "contact everybody", "as many at random"
MORE, LESS, NO_EVIDENCE = "more", "less", "no evidence"


@dataclass(frozen=True)
class Earnings:
    """What contacting by the model earns on the rows evaluated. All from the same draws of customers."""

    curve: pd.DataFrame  # threshold, contacted, share, profit, profit_low, profit_high (95%, point by point)
    table: pd.DataFrame  # decision, profit; gain of the model over it, low, high (95%), gain_per_1000, verdict
    totals: dict[str, np.ndarray]  # sums by name; first of the data as they are, then of each replicate
    share: float  # of the customers contacted, 0 to 1


def earnings(
    y, p, money, threshold: float, customers=None, replicates: int = 200, seed: int = 0, weights=None
) -> Earnings:
    """Profit of contacting at every threshold, and what the chosen one gains over nobody, everybody, and as many
    customers drawn by lot; intervals by drawing customers. `money` as `stakes` gives it, `weights` as `row_weights`.
    """
    y, p = check_scores(y, p, "profit")
    base = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    curve = _thinned(profit_curve(y, p, money, base), threshold)
    order = np.argsort(-ranked_by(p, money), kind="stable")
    ends = _ends(ranked_by(p, money)[order], curve["threshold"].to_numpy())
    each, gain = _each(y, p, money, threshold)[:, order], everybody(y, money)[order]
    with fixed_threads(rows=0):
        drawn = [np.ones((1, len(y)))]
        drawn = [*drawn, *replicate_weights(customer_codes(customers, len(y))[order], replicates, seed)]
        blocks = [(w @ each.T, _climbed(w * gain, ends)) for w in (block * base[order] for block in drawn)]
    sums, profits = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    totals = dict(zip(SUMS, sums.T, strict=True))
    low, high = _bounds(profits)
    table = _gains(totals, float(base.sum()))
    return Earnings(curve.assign(profit_low=low, profit_high=high), table, totals, _share(totals)[0])


SUMS = ("kept", "spent", "kept_all", "spent_all", "contacted", "known")


def _each(y, p, money, threshold) -> np.ndarray:
    """What each row adds to `SUMS`: value kept and cost of those contacted, of all, and how many they are."""
    value, cost, success = numbers(money)
    known = np.isfinite(expected_profit(y, money))
    kept, spent = np.where(known, success * value * y, 0.0), np.where(known, cost, 0.0)
    chosen = contacted(p, money, threshold)
    return np.array([kept * chosen, spent * chosen, kept, spent, chosen, known], dtype=float)


def _thinned(curve, threshold) -> pd.DataFrame:
    """At most about `POINTS` rows of the curve, evenly by share; the ends and the chosen threshold among them."""
    wanted = np.searchsorted(curve["share"], np.linspace(0, 1, POINTS + 1) - 1e-12)
    chosen = int((curve["threshold"] >= threshold).sum()) - 1
    kept = np.unique(np.append(np.clip(wanted, 0, len(curve) - 1), chosen))
    return curve.iloc[kept].reset_index(drop=True)


def _ends(ranked, thresholds) -> np.ndarray:
    """How many rows, in order, are at or above each threshold."""
    return np.searchsorted(-ranked, -thresholds, side="right")


def _climbed(values, ends) -> np.ndarray:
    """The sums of each row of `values` up to each of the ends."""
    sums = np.zeros((len(values), len(ends)))
    sums[:, 1:] = np.add.reduceat(values, ends[:-1], axis=1) if len(ends) > 1 else sums[:, 1:]
    if len(ends) > 1:  # the last piece ends where the curve does
        sums[:, -1] = values[:, ends[-2] : ends[-1]].sum(axis=1)
    return np.cumsum(sums, axis=1)


def _bounds(profits) -> tuple[np.ndarray, np.ndarray]:
    """The pointwise interval over the replicates, which follow the data as they are; wide enough to hold those."""
    if len(profits) < 2:
        return profits[0], profits[0]
    low, high = np.quantile(profits[1:], [0.025, 0.975], axis=0)
    return np.minimum(low, profits[0]), np.maximum(high, profits[0])


def _share(totals) -> np.ndarray:
    """The share of customers contacted, of those whose stakes are known."""
    return totals["contacted"] / np.maximum(totals["known"], 1e-300)


def _gains(totals, rows: float) -> pd.DataFrame:
    model, all_of_them = totals["kept"] - totals["spent"], totals["kept_all"] - totals["spent_all"]
    others = {NOBODY: np.zeros(len(model)), EVERYBODY: all_of_them, RANDOM: _share(totals) * all_of_them}
    return pd.DataFrame([_gain(name, model - other, other[0], rows) for name, other in others.items()])


def _gain(name, gain, other, rows) -> dict:
    low, high = interval(gain[1:])
    return {
        "decision": name,
        "profit": float(other),
        "gain": float(gain[0]),
        "low": low,
        "high": high,
        "gain_per_1000": float(1000 * gain[0] / rows),
        "verdict": MORE if low > 0 else LESS if high < 0 else NO_EVIDENCE,
    }
