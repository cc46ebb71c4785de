"""What an evaluation leaves in the run: metrics, the duel and the money, as JSON without a NaN."""

import math
from pathlib import Path

import numpy as np

from churn_mlops.archive.files import write_json
from churn_mlops.models.comparison import Comparison, differences
from churn_mlops.models.earnings import Earnings
from churn_mlops.models.evaluation import Measured
from churn_mlops.models.threshold import decides_by

CURVE = 40  # points of the curve that are kept; the figure has more


def save_evaluation(run_dir: str, measured: Measured, duel: Comparison | None, earned: Earnings, table, stake) -> None:
    """Write evaluation.json, comparison.json (null without a champion) and money.json.

    `table` is the sensitivity table, `stake` the money of the rows evaluated.
    """
    folder = Path(run_dir)
    write_json(folder / "evaluation.json", finite(measured.model))
    told = None
    if duel is not None:
        told = {"verdict": duel.verdict, "reason": duel.reason, "metrics": differences(duel)}
    write_json(folder / "comparison.json", finite(told))
    write_json(folder / "money.json", finite(_money(measured, earned, table, stake)))


def finite(value):
    """The value with None for each number that is not finite, which JSON cannot hold."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _money(measured, earned, table, stake) -> dict:
    model = measured.model
    curve = earned.curve.iloc[np.unique(np.linspace(0, len(earned.curve) - 1, CURVE).astype(int))]
    return {
        "currency": stake.currency,
        "decides_by": decides_by(stake),
        "share_contacted": float(earned.share),
        "profit": {end or "value": model.get(f"profit{end and '_' + end}") for end in ("", "low", "high")},
        "naive_profits": measured.naive_profits,
        "gains": earned.table.to_dict("records"),
        "sensitivity": table.to_dict("records"),
        "curve": curve.to_dict("records"),
    }
