"""The decision threshold: contact a customer when the probability of leaving is at or above it."""

from dataclasses import dataclass

import numpy as np

from churn_mlops.models.checks import check_scores
from churn_mlops.models.money import break_even, expected_profit, profit_curve

REACH = 2.0  # the threshold may move from theory by this factor, up or down
ERRORS = 2.0  # and only for a gain above so many standard errors of itself


@dataclass(frozen=True)
class Threshold:
    """The chosen threshold, what it earned on the rows it was chosen on, and why."""

    value: float  # above 1: no customer is worth an offer
    break_even: float  # cost / (success rate * value): the best threshold for well calibrated probabilities
    share_contacted: float  # of the rows it was chosen on, 0 to 1
    profit: float  # in the money's currency, on those rows, as the next two
    profit_contact_everybody: float
    profit_contact_nobody: float
    reason: str


def choose_threshold(y, p, money) -> Threshold:
    """The threshold that maximises profit, from out-of-fold calibrated probabilities.

    For calibrated probabilities theory knows the answer, the break-even probability; the highest point of
    the measured curve scatters around it by luck. So the measured one is taken only where it earns more by
    two standard errors of the difference, and only within half to twice the break-even.
    """
    y, p = check_scores(y, p, "choosing the threshold")
    theory = break_even(money)
    best = _measured_best(y, p, money, theory)
    gain, error = _gain(y, p, money, best, theory)
    if gain > ERRORS * error:
        return _threshold(
            y,
            p,
            money,
            best,
            f"it earned {gain:,.0f} more than the break-even {theory:.4g} on "
            f"these rows, above {ERRORS:g} standard errors ({error:,.0f})",
        )
    return _threshold(y, p, money, theory, _why_theory(theory, best, gain, error))


def _measured_best(y, p, money, theory) -> float:
    """The threshold of highest profit within reach of theory; of equals, the highest."""
    curve = profit_curve(y, p, money)
    near = curve[curve["threshold"].between(theory / REACH, theory * REACH)]
    return theory if near.empty else float(near.loc[near["profit"].idxmax(), "threshold"])


def _gain(y, p, money, best, theory) -> tuple[float, float]:
    """What `best` earned beyond `theory`, and its standard error: only rows between the two count."""
    change = expected_profit(y, money) * ((p >= best).astype(float) - (p >= theory))
    return float(change.sum()), float(np.sqrt(len(y)) * change.std())


def _why_theory(theory, best, gain, error) -> str:
    if theory > 1:
        return "an offer costs more than even a certain leaver is expected to bring back: contact nobody"
    why = "the break-even probability: there an offer pays for itself"
    if gain <= 0:
        return why
    noise = f"within its noise (a standard error is {error:,.0f})"
    return f"{why}; the best measured one, {best:.4g}, earned {gain:,.0f} more, {noise}"


def _threshold(y, p, money, value, reason) -> Threshold:
    earned, contacted = expected_profit(y, money), p >= value
    return Threshold(
        value=float(value),
        break_even=float(break_even(money)),
        share_contacted=float(contacted.mean()),
        profit=float(earned[contacted].sum()),
        profit_contact_everybody=float(earned.sum()),
        profit_contact_nobody=0.0,
        reason=reason,
    )
