"""The money that a run counts in."""

from pathlib import Path

from churn_mlops.archive.files import read_json


def currency(run: Path) -> str:
    """The currency of the run's dataset definition; EUR where the run did not come that far."""
    try:
        return str(read_json(run / "artifacts" / "definition.json")["money"]["currency"])
    except (OSError, ValueError, KeyError, TypeError):
        return "EUR"
