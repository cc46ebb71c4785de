"""What speaks for a promotion: the duel with the champion on the same rows, and what a run keeps of it."""

from dataclasses import asdict
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.config import Definition
from churn_mlops.errors import MissingColumns
from churn_mlops.models.comparison import Comparison, compare
from churn_mlops.models.evaluation import Measured
from churn_mlops.models.predictor import load_predictor
from churn_mlops.registry.known import known_champion


def compare_with_champion(runs_dir: str, definition: Definition, challenger, p, examples, replicates, seed):
    """The duel on the same rows and draws; None where there is no champion, or it reads other features.

    A champion whose file was changed raises: nobody should train on while something false serves.
    """
    champion, money = known_champion(runs_dir, definition), definition.money
    if champion is None:
        return None
    before = load_predictor(Path(runs_dir) / champion.version / "artifacts")
    try:
        p_before = before.predict(examples.X)
    except MissingColumns:
        return None
    return compare(
        examples.y, p, p_before, money, challenger.threshold, before.threshold, examples.customers, replicates, seed
    )


def describe_duel(duel: Comparison | None) -> str:
    """The verdict as a sentence."""
    return "There is no champion yet to compare with." if duel is None else f"{duel.verdict}: {duel.reason}"


def duel_table(duel: Comparison | None):
    """The duel, metric by metric; empty without a champion."""
    import pandas as pd

    return pd.DataFrame() if duel is None else duel.table


def save_evidence(run_dir: str, measured: Measured, duel: Comparison | None) -> None:
    """Write the model's metrics and the comparison with the champion into the run."""
    write_json(Path(run_dir) / "evaluation.json", measured.model)
    told = None
    if duel is not None:
        told = {"verdict": duel.verdict, "reason": duel.reason, "metrics": _differences(duel)}
    write_json(Path(run_dir) / "comparison.json", told)


def _differences(duel: Comparison) -> dict[str, float]:
    rows = duel.table.set_index("metric")
    named = {"difference": "difference", "difference_low": "low", "difference_high": "high"}
    return {f"{m}_{name}": float(rows.loc[m, column]) for m in rows.index for name, column in named.items()}


def save_promotion(run_dir: str, promotion) -> None:
    """Write the decision; the runner acts on it when the version is published."""
    write_json(Path(run_dir) / "promotion.json", asdict(promotion))


def load_promotion(run_dir: str) -> dict:
    """The decision that 05_deploy has written in this run."""
    return read_json(Path(run_dir) / "promotion.json")
