"""What decisions earn: the profit of contacting customers, from value, cost and success rate.

Contacting a customer who would leave keeps `success_rate` of them, each worth `value_kept`; contacting
anyone costs `offer_cost`; leaving someone alone earns and costs nothing, which is the zero of the scale.
"""

import numpy as np
import pandas as pd

from churn_mlops.models.checks import check_scores


def expected_profit(p, money) -> np.ndarray:
    """What contacting each customer is expected to earn, in `money.currency`, from probabilities of leaving."""
    return money.success_rate * money.value_kept * np.asarray(p, dtype=float) - money.offer_cost


def break_even(money) -> float:
    """The probability above which contacting pays: cost over (success rate times value).

    Above 1 no customer is worth an offer. (Elkan 2001, "The foundations of cost-sensitive learning", eq. 2.)
    """
    return money.offer_cost / (money.success_rate * money.value_kept)


def profit(y, contacted, money) -> float:
    """What contacting those rows earned in all, knowing who left (`y` 0 or 1)."""
    return float(expected_profit(y, money)[np.asarray(contacted, dtype=bool)].sum())


def baselines(y, money) -> dict[str, float]:
    """The profit of deciding without a model: contact nobody, contact everybody."""
    return {"contact nobody": 0.0, "contact everybody": float(expected_profit(y, money).sum())}


def profit_curve(y, p, money) -> pd.DataFrame:
    """Profit at every threshold, from contacting nobody to everybody; equal probabilities are contacted together.

    Columns: threshold (contact when p is at or above it; infinite in the first row), contacted (rows),
    share (0 to 1), profit (in all), profit_per_1000 (rows evaluated).
    """
    y, p = check_scores(y, p, "profit")
    order = np.argsort(-p, kind="stable")
    ranked, earned = p[order], np.cumsum(expected_profit(y[order], money))
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # the last row of each group of equals
    contacted = np.concatenate([[0], last + 1])
    total = np.concatenate([[0.0], earned[last]])
    return pd.DataFrame(
        {
            "threshold": np.concatenate([[np.inf], ranked[last]]),
            "contacted": contacted,
            "share": contacted / len(y),
            "profit": total,
            "profit_per_1000": 1000 * total / len(y),
        }
    )
