"""Do labels still mean what they meant? By how well, and at which level, a probe expects them.

A real change that features show is expected by the probe, and one that they do not show leaves the order of customers
as it was. Labels that were flipped are news about nobody: in their month customers cannot be ranked. Labels that were
lost, or added, leave more or fewer leavers than are expected of such customers.
"""

import numpy as np

from churn_mlops.monitoring.performance import roc_auc_interval
from churn_mlops.monitoring.quality.rows import Months
from churn_mlops.monitoring.quality.usual import record, usual

RANKING, RATE = "labels: order", "labels: rate"
_WIDTH = 1.96  # standard errors in half an interval of 95%


def check_labels(months: Months) -> list[dict]:
    """Two records a month: ROC AUC of the probe, and leavers for each that was expected."""
    orders, rates = zip(*(_measured(months, place) for place in range(len(months.names))), strict=True)
    ranges = usual(*zip(*orders, strict=True)), usual(*zip(*rates, strict=True))
    found = []
    for place, name in enumerate(months.names):
        found.append(record(RANKING, "", name, orders[place][0], ranges[0][place]))
        found.append(record(RATE, "", name, np.exp(rates[place][0]), np.exp(ranges[1][place])))
    return found


def _measured(months: Months, place: int):
    """(value, standard error) of the ROC AUC, and of the logarithm of leavers seen for each expected."""
    rows = months.of(place)
    y, p = months.y[rows], months.expected[rows]
    auc, low, high = roc_auc_interval(y, p, months.customer[rows])
    left, expected = y.sum() + 0.5, p.sum() + 0.5
    error = np.sqrt(max(1 - y.mean(), 1e-9) / left)
    return (auc, max((high - low) / 2 / _WIDTH, 1e-3)), (np.log(left / expected), error)
