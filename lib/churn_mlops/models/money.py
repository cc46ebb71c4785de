"""What decisions earn: the profit of contacting customers, from value, cost and success rate.

Contacting a customer who would leave keeps `success_rate` of them, each worth `value_kept`; contacting
anyone costs `offer_cost`; leaving someone alone earns and costs nothing, which is the zero of the scale.
`money` is a Money of numbers, or Stakes with an array for what differs between customers (`stakes`).
Someone whose stakes are not known (NaN) is not contacted, whatever the decision, and earns nothing.
"""

import numpy as np
import pandas as pd

from churn_mlops.models.checks import check_scores
from churn_mlops.models.stakes import by_customer, numbers

NOBODY, EVERYBODY, STAKES = "contact nobody", "contact everybody", "contact by stakes alone"


def expected_profit(p, money) -> np.ndarray:
    """What contacting each customer is expected to earn, in `money.currency`, from probabilities of leaving.

    NaN where the stakes of the customer are not known.
    """
    value, cost, success = numbers(money)
    return success * value * np.asarray(p, dtype=float) - cost


def break_even(money):
    """The probability above which contacting pays: cost over (success rate times value); an array by customer.

    Above 1 (infinite where nothing can be kept, or nothing is known) an offer never pays. (Elkan 2001, "The
    foundations of cost-sensitive learning", eq. 2.)
    """
    value, cost, success = (np.asarray(number, dtype=float) for number in numbers(money))
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = cost / (success * value)
    limit = np.where(np.isnan(limit), np.inf, limit)
    return limit if by_customer(money) else float(limit)


def best_threshold(money) -> float:
    """The threshold that is best for calibrated probabilities: the break-even, or by customer a profit of 0."""
    return 0.0 if by_customer(money) else break_even(money)


def ranked_by(p, money) -> np.ndarray:
    """What customers are ranked by, and what the threshold is held against.

    The probability, as long as all are worth the same; else the expected profit, least where it is not known.
    """
    if not by_customer(money):
        return np.asarray(p, dtype=float)
    return np.nan_to_num(expected_profit(p, money), nan=-np.inf)


def contacted(p, money, threshold: float) -> np.ndarray:
    """Whom to contact: those at or above the threshold, a probability, or by customer an expected profit."""
    rank = ranked_by(p, money)
    return (rank >= threshold) & np.isfinite(rank)


def earned(y, p, money, threshold: float) -> np.ndarray:
    """What the decision earned in each row, knowing who left (`y` 0 or 1): 0 for those who are left alone."""
    return np.where(contacted(p, money, threshold), expected_profit(y, money), 0.0)


def profit(y, contacted, money, weights=None) -> float:
    """What contacting those rows earned in all, knowing who left (`y` 0 or 1)."""
    values = np.where(np.asarray(contacted, dtype=bool), everybody(y, money), 0.0)
    return float(values.sum() if weights is None else weights @ values)


def everybody(y, money) -> np.ndarray:
    """What contacting each row earned; 0 where its stakes are not known, for then nobody is contacted."""
    return np.nan_to_num(expected_profit(y, money), nan=0.0)


def baselines(y, money, weights=None, risk=None) -> dict[str, float]:
    """The profit of deciding without a model: contact nobody, everybody, or by customer those worth it on average.

    `risk` is the probability that is taken for everybody then; without it that decision is left out.
    """
    weights = np.ones(len(y)) if weights is None else weights
    return {name: float(weights @ values) for name, values in earned_without(y, money, risk).items()}


def earned_without(y, money, risk=None) -> dict[str, np.ndarray]:
    """What each of those decisions earned in each row."""
    all_of_them = everybody(y, money)
    found = {NOBODY: np.zeros(len(all_of_them)), EVERYBODY: all_of_them}
    if risk is not None and by_customer(money):
        found[STAKES] = np.where(by_stakes_alone(len(all_of_them), money, risk), all_of_them, 0.0)
    return found


def by_stakes_alone(rows: int, money, risk: float) -> np.ndarray:
    """Whom it is worth contacting where all are taken to be at the same risk: what a model has to beat."""
    return contacted(np.full(rows, risk), money, best_threshold(money))


def profit_curve(y, p, money, weights=None) -> pd.DataFrame:
    """Profit at every threshold, from contacting nobody to everybody; equals are contacted together.

    Customers come by `ranked_by`: their probability, or by customer their expected profit. Columns: threshold
    (contact at or above it; infinite in the first row), contacted (rows, or their weight), share (0 to 1),
    profit (in all), profit_per_1000 (rows evaluated).
    """
    y, p = check_scores(y, p, "profit")
    rank, weights = ranked_by(p, money), np.ones(len(y)) if weights is None else weights
    order = np.argsort(-rank, kind="stable")
    ranked, gains = rank[order], np.cumsum((weights * everybody(y, money))[order])
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))  # the last row of each group of equals
    last = last[np.isfinite(ranked[last])]
    total = np.concatenate([[0.0], gains[last]])
    reached = np.concatenate([[0.0], np.cumsum(weights[order])[last]])
    return pd.DataFrame(
        {
            "threshold": np.concatenate([[np.inf], ranked[last]]),
            "contacted": reached,
            "share": reached / weights.sum(),
            "profit": total,
            "profit_per_1000": 1000 * total / weights.sum(),
        }
    )
