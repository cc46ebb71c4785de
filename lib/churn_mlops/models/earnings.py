"""What the decisions earn, with intervals: the curve over the threshold, and the gain over deciding without a model."""

from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from churn_mlops.models.bootstrap import customer_codes, interval, replicate_weights
from churn_mlops.models.checks import check_scores
from churn_mlops.models.money import (
    EVERYBODY,
    NOBODY,
    STAKES,
    by_stakes_alone,
    contacted,
    everybody,
    expected_profit,
    profit_curve,
    ranked_by,
)
from churn_mlops.models.stakes import by_customer, numbers
from churn_mlops.models.threads import fixed_threads

POINTS = 200  # of the curve; thresholds between two of them earn what lies between
RANDOM = "as many at random"
SUMS = ("kept", "spent", "kept_all", "spent_all", "contacted", "known", "by_stakes")
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
    """Profit of contacting at every threshold, and what the chosen one gains over deciding without a model.

    Over nobody, everybody, as many customers drawn by lot, and by customer those who are worth an offer at the mean
    probability; intervals by drawing customers. `money` as `stakes` gives it, `weights` as `row_weights`.
    """
    y, p = check_scores(y, p, "profit")
    base = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    curve = _thinned(profit_curve(y, p, money, base), threshold)
    each, order = _each(y, p, money, threshold, base), np.argsort(-ranked_by(p, money), kind="stable")
    ends = _ends(ranked_by(p, money)[order], curve["threshold"].to_numpy())
    drawn = replicate_weights(customer_codes(customers, len(y))[order], replicates, seed)
    sums, profits = _summed(drawn, base[order], each[:, order], everybody(y, money)[order], ends)
    totals = dict(zip(SUMS, sums.T, strict=True))
    low, high = _bounds(profits)
    table = _gains(totals, float(base.sum()), by_customer(money))
    return Earnings(curve.assign(profit_low=low, profit_high=high), table, totals, float(_share(totals)[0]))


def _summed(drawn, base, each, gain, ends) -> tuple[np.ndarray, np.ndarray]:
    """`SUMS` and the profits along the curve, of the data as they are and of each replicate, block by block."""
    with fixed_threads(rows=0):
        weights = (block * base for block in chain([np.ones((1, len(base)))], drawn))
        blocks = [(w @ each.T, _climbed(w * gain, ends)) for w in weights]
    sums, profits = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return sums, profits


def _each(y, p, money, threshold, base) -> np.ndarray:
    """What each row adds to `SUMS`: value kept and cost of those contacted, of all, and how many they are."""
    value, cost, success = numbers(money)
    known = np.isfinite(expected_profit(y, money))
    kept, spent = np.where(known, success * value * y, 0.0), np.where(known, cost, 0.0)
    chosen, plainly = contacted(p, money, threshold), by_stakes_alone(len(y), money, np.average(p, weights=base))
    parts = [kept * chosen, spent * chosen, kept, spent, chosen, known, (kept - spent) * plainly]
    return np.array(parts, dtype=float)


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


def _gains(totals, rows: float, customers_differ: bool) -> pd.DataFrame:
    model, all_of_them = totals["kept"] - totals["spent"], totals["kept_all"] - totals["spent_all"]
    others = {NOBODY: np.zeros(len(model)), EVERYBODY: all_of_them, RANDOM: _share(totals) * all_of_them}
    others |= {STAKES: totals["by_stakes"]} if customers_differ else {}
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
