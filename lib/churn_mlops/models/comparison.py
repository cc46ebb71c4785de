"""Champion and challenger on the same rows: better, worse, or no evidence."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.errors import DataError
from churn_mlops.models.bootstrap import customer_codes, interval
from churn_mlops.models.checks import check_scores, check_two_classes
from churn_mlops.models.metrics import points, replicate
from churn_mlops.models.ranking import Ranking
from churn_mlops.models.threads import fixed_threads

BETTER, WORSE, NO_EVIDENCE = "better", "worse", "no evidence"
LOWER_IS_BETTER = ("brier", "log_loss", "calibration_error")
DECIDING = ("roc_auc", "brier", "profit")  # ranking, probabilities, decisions


@dataclass(frozen=True)
class Comparison:
    """The challenger beside the champion, metric by metric, and the verdict over the deciding ones."""

    table: pd.DataFrame  # metric, challenger, champion, difference, low, high (95%), verdict
    verdict: str  # "better", "worse" or "no evidence"
    reason: str


def compare(
    y,
    p_challenger,
    p_champion,
    money=None,
    threshold_challenger=None,
    threshold_champion=None,
    customers=None,
    replicates: int = 200,
    seed: int = 0,
    weights=None,
) -> Comparison:
    """Paired bootstrap of every metric's difference, challenger minus champion: both see the same draws.

    A metric is better or worse when the 95% interval of the difference excludes zero. The whole verdict
    looks at ROC AUC, Brier and (with money) profit: worse if any is worse, better if any is better and none
    worse. `weights` as `row_weights` gives them. Raises DataError as `evaluate` does.
    """
    y, challenger = check_scores(y, p_challenger, "challenger")
    _, champion = check_scores(y, p_champion, "champion")
    check_two_classes(y, "comparison")
    if money is not None and (threshold_challenger is None or threshold_champion is None):
        raise DataError("comparison: profit needs the thresholds of both models; one is missing.")
    codes = customer_codes(customers, len(y))
    new, old = (
        _measured(Ranking(y, p, money, threshold, weights), codes, replicates, seed)
        for p, threshold in ((challenger, threshold_challenger), (champion, threshold_champion))
    )
    table = pd.DataFrame([_row(name, new, old) for name in new[0]])
    return Comparison(table, *_verdict(table))


def differences(duel: Comparison | None) -> dict[str, float] | None:
    """The differences by flat name: `roc_auc_difference`, `_low` and `_high`; None without a champion."""
    if duel is None:
        return None
    rows = duel.table.set_index("metric")
    named = {"difference": "difference", "difference_low": "low", "difference_high": "high"}
    return {f"{m}_{name}": float(rows.loc[m, column]) for m in rows.index for name, column in named.items()}


def describe_duel(duel: Comparison | None) -> str:
    """The verdict as a sentence."""
    return "There is no champion yet to compare with." if duel is None else f"{duel.verdict}: {duel.reason}"


def duel_table(duel: Comparison | None) -> pd.DataFrame:
    """The duel, metric by metric; empty without a champion."""
    return pd.DataFrame() if duel is None else duel.table


def _measured(ranking, codes, replicates, seed):
    with fixed_threads(rows=0):
        return points(ranking), replicate(ranking, codes, replicates, seed)


def _row(name, new, old) -> dict:
    low, high = interval(new[1][name] - old[1][name]) if new[1] else (float("nan"), float("nan"))
    return {
        "metric": name,
        "challenger": new[0][name],
        "champion": old[0][name],
        "difference": new[0][name] - old[0][name],
        "low": low,
        "high": high,
        "verdict": _judge(name, low, high),
    }


def _judge(name, low, high) -> str:
    if name in LOWER_IS_BETTER:
        low, high = -high, -low
    return BETTER if low > 0 else WORSE if high < 0 else NO_EVIDENCE


def _verdict(table) -> tuple[str, str]:
    deciding = table[table["metric"].isin(DECIDING)]
    for verdict in (WORSE, BETTER):
        clear = deciding[deciding["verdict"] == verdict]
        if len(clear):
            return verdict, f"the challenger is {verdict} by {_listed(clear)}"
    return NO_EVIDENCE, f"no interval of a difference excludes zero: {_listed(deciding)}"


def _listed(rows) -> str:
    parts = (
        f"{row.metric} {np.format_float_positional(row.difference, 4, fractional=False, sign=True, trim='-')} "
        f"({row.low:.4g} to {row.high:.4g})"
        for row in rows.itertuples()
    )
    return ", ".join(parts)
