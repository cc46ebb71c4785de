"""How good a model's probabilities are, each figure with its interval."""

import numpy as np

from churn_mlops.models.bootstrap import customer_codes, interval, replicate_weights
from churn_mlops.models.checks import check_scores, check_two_classes
from churn_mlops.models.ranking import Ranking
from churn_mlops.models.threads import fixed_threads


def evaluate(
    y, p, money=None, threshold=None, customers=None, replicates: int = 200, seed: int = 0, weights=None
) -> dict[str, float]:
    """All metrics, flat, each with `_low` and `_high`: a 95% percentile interval over resampled customers.

    `roc_auc`, `average_precision`, `brier`, `log_loss` (as scikit-learn defines them), `calibration_error`
    (mean gap between probability and churn rate over ten bins of equal size), `lift_at_5` and `recall_at_5`
    (among the 5% with the highest scores), also at 10 and 20, and with `money` and `threshold` `profit` (in all,
    in its currency), `profit_per_1000` (rows) and `precision` (share of those contacted who leave, 0 where nobody
    is). With `replicates=0` there are no intervals. `weights` are what the rows count for, as `row_weights` gives
    them; every metric is then that of the weighted rows.

    Raises DataError for labels of one class, no rows, or probabilities outside 0 to 1.
    """
    y, p = check_scores(y, p, "evaluation")
    check_two_classes(y, "evaluation")
    ranking = Ranking(y, p, money, threshold, weights)
    with fixed_threads(rows=0):  # sums over many rows, but one replicate at a time: small pieces of work
        point = points(ranking)
        drawn = replicate(ranking, customer_codes(customers, len(y)), replicates, seed)
    return {key: value for name in point for key, value in _with_interval(name, point[name], drawn).items()}


def points(ranking: Ranking) -> dict[str, float]:
    """The metrics of the data as they are."""
    measured = ranking.measure(np.ones((1, len(ranking.y))))
    return {name: float(value[0]) for name, value in measured.items()}


def replicate(ranking: Ranking, codes, replicates: int, seed: int) -> dict[str, np.ndarray]:
    """The metrics of each replicate, by name; empty for none. The same codes and seed pair two models."""
    if replicates < 1:
        return {}
    drawn = replicate_weights(codes[ranking.order], replicates, seed)
    blocks = [ranking.measure(weights) for weights in drawn]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _with_interval(name, value, drawn) -> dict[str, float]:
    if name not in drawn:
        return {name: value}
    low, high = interval(drawn[name])
    # A resampled calibration error is biased upwards: noise adds gaps and never takes one away. The interval
    # is widened to hold the value itself.
    return {name: value, f"{name}_low": min(low, value), f"{name}_high": max(high, value)}
