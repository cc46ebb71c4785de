"""What speaks for a promotion: the gates, each with its evidence."""

from dataclasses import asdict
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.archive.tables import write_table
from churn_mlops.models.comparison import Comparison, differences
from churn_mlops.models.evaluation import Measured
from churn_mlops.registry import gates


def make_gates(measured: Measured, duel: Comparison | None, min_roc_auc, max_calibration_error, max_roc_auc) -> list:
    """The gates of a promotion, each with its evidence."""
    model, compared = measured.model, differences(duel)
    return [
        gates.beats_naive_ranking(model["roc_auc_low"], margin=min_roc_auc - 0.5),
        gates.beats_naive_profit(model["profit"], measured.naive_profits),
        gates.calibrated(model["calibration_error"], max_calibration_error),
        gates.not_suspicious(model["roc_auc"], max_roc_auc),
        gates.ranks_no_worse(compared),
        gates.earns_no_less(compared),
    ]


def save_evidence(run_dir: str, passed: list, slices) -> None:
    """Write the gates and slices into the run."""
    folder = Path(run_dir)
    write_json(folder / "gates.json", gates.gates_to_json(passed))
    write_table(folder / "slices.parquet", slices)


def save_promotion(run_dir: str, promotion) -> None:
    """Write the decision; the runner acts on it when the version is published."""
    write_json(Path(run_dir) / "promotion.json", asdict(promotion))


def load_promotion(run_dir: str) -> dict:
    """The decision that 05_deploy has written in this run."""
    return read_json(Path(run_dir) / "promotion.json")
