"""The decision threshold: contact a customer whose probability, or by customer expected profit, reaches it."""

from dataclasses import dataclass

import numpy as np

from churn_mlops.models.checks import check_scores
from churn_mlops.models.money import best_threshold, break_even, contacted, everybody, profit_curve
from churn_mlops.models.stakes import by_customer, numbers

REACH = 2.0  # the threshold may move from theory by this factor, up or down
ERRORS = 2.0  # and only for a gain above so many standard errors of itself
PROBABILITY, PROFIT = "probability", "expected profit"  # what a threshold is held against


@dataclass(frozen=True)
class Threshold:
    """The chosen threshold, what it earned on the rows it was chosen on, and why."""

    value: float  # a probability, above 1: no customer is worth an offer; by customer an expected profit
    break_even: float  # cost / (success rate * value): the best threshold where probabilities are true; a median
    share_contacted: float  # of the rows it was chosen on, 0 to 1
    profit: float  # in the money's currency, on those rows, as the next two
    profit_contact_everybody: float
    profit_contact_nobody: float
    reason: str
    decides_by: str = PROBABILITY  # or "expected profit", where the money differs between customers


def decides_by(money) -> str:
    """What a threshold is held against under this money."""
    return PROFIT if by_customer(money) else PROBABILITY


def usable_threshold(predictor, money) -> float:
    """The model's own threshold; what is best in theory where it was chosen for money of another kind."""
    return predictor.threshold if predictor.decides_by == decides_by(money) else best_threshold(money)


def choose_threshold(y, p, money, weights=None) -> Threshold:
    """The threshold that maximises profit, from out-of-fold calibrated probabilities.

    For calibrated probabilities theory knows the answer, the break-even probability, or by customer an
    expected profit of 0; the highest point of the measured curve scatters around it by luck. So the measured
    one is taken only where it earns more by two standard errors of the difference, and only within half to
    twice the break-even. `weights` as `row_weights` gives them.
    """
    y, p = check_scores(y, p, "choosing the threshold")
    weights = np.ones(len(y)) if weights is None else weights
    theory = best_threshold(money)
    best = _measured_best(profit_curve(y, p, money, weights), money, theory)
    gain, error = _gain(y, p, money, best, theory, weights)
    if gain > ERRORS * error:
        return _threshold(
            y,
            p,
            money,
            best,
            f"it earned {gain:,.0f} more than {_named(theory, money)} on "
            f"these rows, above {ERRORS:g} standard errors ({error:,.0f})",
            weights,
        )
    return _threshold(y, p, money, theory, _why_theory(money, best, gain, error), weights)


def _measured_best(curve, money, theory) -> float:
    """The threshold of highest profit within reach of theory; of equals, the highest."""
    low, high = theory / REACH, theory * REACH
    if by_customer(money):  # a probability of half or twice the break-even, seen as an expected profit
        cost = float(np.nanmean(numbers(money)[1]))
        low, high = cost * (1 / REACH - 1), cost * (REACH - 1)
    near = curve[curve["threshold"].between(low, high)]
    return theory if near.empty else float(near.loc[near["profit"].idxmax(), "threshold"])


def _gain(y, p, money, best, theory, weights) -> tuple[float, float]:
    """What `best` earned beyond `theory`, and its standard error: only rows between the two count."""
    moved = contacted(p, money, best).astype(float) - contacted(p, money, theory)
    change = weights * everybody(y, money) * moved
    return float(change.sum()), float(np.sqrt(len(y)) * change.std())


def _named(theory, money) -> str:
    return "an expected profit of 0" if by_customer(money) else f"the break-even {theory:.4g}"


def _why_theory(money, best, gain, error) -> str:
    if np.min(break_even(money)) > 1:
        return "an offer costs more than even a certain leaver is expected to bring back: contact nobody"
    why = "the break-even probability: there an offer pays for itself"
    if by_customer(money):
        why = "an expected profit of 0: there an offer pays for itself, at each customer's own break-even probability"
    if gain <= 0:
        return why
    noise = f"within its noise (a standard error is {error:,.0f})"
    return f"{why}; the best measured one, {best:.4g}, earned {gain:,.0f} more, {noise}"


def _threshold(y, p, money, value, reason, weights) -> Threshold:
    gains, chosen = weights * everybody(y, money), contacted(p, money, value)
    return Threshold(
        value=float(value),
        break_even=float(np.median(break_even(money))),
        share_contacted=float(weights @ chosen / weights.sum()),
        profit=float(gains[chosen].sum()),
        profit_contact_everybody=float(gains.sum()),
        profit_contact_nobody=0.0,
        reason=reason,
        decides_by=decides_by(money),
    )
