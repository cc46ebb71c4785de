"""The decision about a promotion, as a run keeps it."""

from dataclasses import asdict
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json


def save_promotion(run_dir: str, promotion) -> None:
    """Write the decision; the runner acts on it when the version is published."""
    write_json(Path(run_dir) / "promotion.json", asdict(promotion))


def load_promotion(run_dir: str) -> dict:
    """The decision that 05_deploy has written in this run."""
    return read_json(Path(run_dir) / "promotion.json")
