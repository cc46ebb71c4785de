"""How wrong the money assumptions may be before the decision changes."""

import numpy as np
import pandas as pd

from churn_mlops.config import ASSUMPTIONS
from churn_mlops.models.earnings import Earnings
from churn_mlops.models.money import expected_profit
from churn_mlops.models.stakes import by_customer, numbers

ALIKE = 0.05  # share of the customers who may be decided differently


def sensitivity_table(p, money, threshold: float, earned: Earnings, weights=None) -> pd.DataFrame:
    """One row an assumption: the factors by which the truth may differ from it, the other two being right.

    Columns: assumption; assumed (a mean, by customer); pays_low, pays_high: factors between which the customers
    chosen under the assumption earn more than nobody and more than everybody; sure_low, sure_high: the same with
    97.5% confidence at each end; alike_low, alike_high: factors between which at most 5% of the customers would be
    decided differently. An end that nothing limits is 0 or infinite; NaN where no factor pays. A success rate
    never rises above 1.
    """
    pays, sure = _paying(earned.totals)
    alike = _alike(p, money, threshold, weights)
    held = dict(zip(ASSUMPTIONS, numbers(money), strict=True))
    return pd.DataFrame([_row(key, value, pays, sure, alike) for key, value in held.items()])


def _row(key, value, pays, sure, alike) -> dict:
    assumed = float(np.nanmean(value))
    top = 1 / float(np.nanmax(value)) if key == "success_rate" and np.nanmax(value) > 0 else np.inf
    row = {"assumption": key, "assumed": assumed}
    for name, (low, high) in {"pays": pays, "sure": sure, "alike": alike}.items():
        if key == "offer_cost":  # only value over cost decides: a cost twice as high is a value half as high
            low, high = _inverse(high), _inverse(low)
        row |= {f"{name}_low": low, f"{name}_high": min(high, max(top, low)) if np.isfinite(low) else high}
    return row


def _inverse(factor: float) -> float:
    return np.inf if factor == 0 else 1 / factor


def _paying(totals) -> tuple[tuple[float, float], tuple[float, float]]:
    """The factors of the value between which the choice earns most, in the data and in 97.5% of the replicates.

    With a value times f the choice earns `f * kept - spent`: more than nobody from `spent / kept` on, and more
    than everybody until those left out would be worth their offers.
    """
    low = _ratio(totals["spent"], totals["kept"], none=np.inf)
    high = _ratio(totals["spent_all"] - totals["spent"], totals["kept_all"] - totals["kept"], none=np.inf)
    if totals["contacted"][0] == 0:
        return (np.nan, np.nan), (np.nan, np.nan)
    if len(low) == 1:
        return _range(low[0], high[0]), (np.nan, np.nan)
    sure = np.quantile(low[1:], 0.975, method="higher"), np.quantile(high[1:], 0.025, method="lower")
    return _range(low[0], high[0]), _range(*sure)


def _ratio(above, below, none: float) -> np.ndarray:
    """Above over below; `none` where nothing stands below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, none)


def _range(low, high) -> tuple[float, float]:
    return (float(low), float(high)) if low < high else (np.nan, np.nan)


def _alike(p, money, threshold, weights) -> tuple[float, float]:
    """The factors of the value between which at most `ALIKE` of the customers change sides."""
    weights = np.ones(len(p)) if weights is None else np.asarray(weights, dtype=float)
    turn = _turning_points(p, money, threshold)
    known = np.isfinite(np.broadcast_to(expected_profit(p, money), turn.shape))
    inside, outside = known & (turn <= 1), known & (turn > 1)
    allowed = ALIKE * weights.sum()
    low = _last(turn[inside], weights[inside], allowed, falling=True)
    high = _last(turn[outside], weights[outside], allowed, falling=False)
    return low, high


def _turning_points(p, money, threshold) -> np.ndarray:
    """The factor of the value from which each customer is contacted; a threshold away from theory moves with it."""
    value, cost, success = numbers(money)
    if by_customer(money):
        above, below = cost + threshold, success * value * np.asarray(p, dtype=float)
    else:
        above, below = threshold, np.asarray(p, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.where(above > 0, np.inf, 0.0))


def _last(turn, weights, allowed, falling: bool) -> float:
    """The turning point that the factor may reach before more than `allowed` have changed sides."""
    order = np.argsort(-turn if falling else turn, kind="stable")
    changed = np.cumsum(weights[order])
    over = np.flatnonzero(changed > allowed)
    if not len(over):
        return 0.0 if falling else np.inf
    return float(turn[order][over[0]])
