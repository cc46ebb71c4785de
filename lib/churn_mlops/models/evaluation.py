"""The evaluation of a run: the model, the naive choices and the best possible, measured on the same rows alike."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.errors import CheckError
from churn_mlops.models.bootstrap import customer_codes, interval, replicate_sums
from churn_mlops.models.comparison import Comparison
from churn_mlops.models.earnings import RANDOM, Earnings
from churn_mlops.models.metrics import evaluate
from churn_mlops.models.money import EVERYBODY, NOBODY, STAKES, baselines, best_threshold, earned_without

MAIN = (
    *("roc_auc", "average_precision", "log_loss", "brier", "calibration_error"),
    *("lift_at_5", "lift_at_10", "lift_at_20", "recall_at_5", "recall_at_10", "recall_at_20"),
    *("profit", "profit_per_1000"),
)
NAIVE, BEST = "naive", "best_possible"
NAMED = {NOBODY: "nobody", EVERYBODY: "everybody", RANDOM: "random", STAKES: "stakes_alone"}
FEWEST = 20  # leavers, and stayers, below which no interval means anything


@dataclass(frozen=True)
class Measured:
    """Metrics by who made the prediction; the model first. All on the same rows with the same draws."""

    by_source: dict[str, dict[str, float]]
    naive_profits: dict[str, float]  # contact nobody, everybody, and by customer those worth it on average

    @property
    def model(self) -> dict[str, float]:
        """The metrics of the model that this run has trained."""
        return self.by_source["model"]


def measure(
    predictor, p, others: dict[str, np.ndarray], examples, money, replicates: int, seed: int, weights=None
) -> Measured:
    """Measure the model's probabilities and the others', each with the threshold it would decide by, and intervals.

    All see the same draws of customers. The others decide at the break-even probability; the best possible so too,
    which is optimal for the truth. `weights` as `row_weights` gives them; the naive guess is then the share of leavers
    that they make.
    """
    if weights is not None and NAIVE in others:
        others = {**others, NAIVE: np.full(len(examples), np.average(examples.y, weights=weights))}

    def measured(name, probabilities):
        threshold = predictor.threshold if name == "model" else best_threshold(money)
        return evaluate(examples.y, probabilities, money, threshold, examples.customers, replicates, seed, weights)

    by_source = {name: measured(name, q) for name, q in {"model": p, **others}.items()}
    risk = np.average(p, weights=weights)
    profits = baselines(examples.y, money, weights, risk)
    best = earned_without(examples.y, money, risk)[max(profits, key=profits.get)]
    by_source[NAIVE] |= _profit(best, examples.customers, replicates, seed, weights)
    return Measured(by_source, profits)


def _profit(values, customers, replicates: int, seed: int, weights) -> dict[str, float]:
    """Profit of a decision that earned so much in each row, in all and for 1,000 rows, with their intervals."""
    weights = np.ones(len(values)) if weights is None else weights
    codes, parts = customer_codes(customers, len(values)), np.column_stack([weights * values, weights])
    drawn, total = replicate_sums(parts, codes, replicates, seed), float(weights @ values)
    found = {"profit": total, "profit_per_1000": 1000 * total / weights.sum()}
    if replicates:
        ends = {"profit": interval(drawn[:, 0]), "profit_per_1000": interval(1000 * drawn[:, 0] / drawn[:, 1])}
        found |= {f"{name}_low": min(low, found[name]) for name, (low, _) in ends.items()}
        found |= {f"{name}_high": max(high, found[name]) for name, (_, high) in ends.items()}
    return {name: float(value) for name, value in found.items()}


def comparison_table(measured: Measured) -> pd.DataFrame:
    """One row a metric: the model, the linear, the best possible and the naive one, each with its interval, as text."""
    sources = sorted(measured.by_source, key=lambda name: name == NAIVE)  # which has least to tell, so it comes last
    told = {source: [_told(measured.by_source[source], name) for name in MAIN] for source in sources}
    return pd.DataFrame(told, index=pd.Index(MAIN, name="metric"))


def _told(values: dict[str, float], name: str) -> str:
    """The value, and the interval unless it is none: a guess that is the same for all has no spread."""
    value, low, high = (values.get(f"{name}{end}") for end in ("", "_low", "_high"))
    form = ",.0f" if name.startswith("profit") else ".2f" if name.startswith("lift") else ".4f"
    return format(value, form) + ("" if low == high else f" ({low:{form}} to {high:{form}})")


def check_evidence(measured: Measured, examples) -> None:
    """Raise CheckError when the test part is too small to judge by."""
    left = int(examples.y.sum())
    fewer = min(left, len(examples) - left)
    if fewer < FEWEST or not np.isfinite(measured.model["roc_auc"]):
        raise CheckError(
            f"the test part has {left} who left and {len(examples) - left} who stayed; at least {FEWEST} of each are "
            "needed to judge a model. Cure: a larger test part (features.test_snapshots, features.test_share)."
        )


def flat_metrics(measured: Measured, duel: Comparison | None, earned: Earnings | None = None) -> dict[str, float]:
    """The run's metrics by flat name: the model's plain, the others' with their prefix, and its gains."""
    flat = dict(measured.model)
    for source, values in measured.by_source.items():
        if source != "model":
            ends = [f"{name}{end}" for name in MAIN for end in ("", "_low", "_high")]
            flat |= {f"{source}_{name}": values[name] for name in ends if name in values}
    if duel is not None:
        champion = duel.table.set_index("metric")["champion"]
        flat |= {f"champion_{name}": champion[name] for name in MAIN if name in champion}
    if earned is not None:
        flat |= _flat_gains(earned)
    if BEST in measured.by_source:
        best = measured.by_source[BEST]["roc_auc"]
        flat["share_of_best_possible"] = (flat["roc_auc"] - 0.5) / (best - 0.5)
    return flat


def _flat_gains(earned: Earnings) -> dict[str, float]:
    """What the model earns more than each decision without it, with its interval."""
    rows = earned.table.set_index("decision")
    named = {"": "gain", "_low": "low", "_high": "high"}
    flat = {
        f"gain_over_{NAMED[name]}{end}": float(rows.loc[name, c]) for name in rows.index for end, c in named.items()
    }
    return flat | {"share_contacted": float(earned.share)}
