"""The trials of a search as runs of their own: what was tried, and what it brought."""

import json
from pathlib import Path

from churn_mlops.pipelines.tracking.record import NAME, Trial, numbers, shortened

_STATUS = {"complete": "FINISHED", "pruned": "KILLED", "failed": "FAILED"}
_NOT_METRICS = ("number", "batch")


def read_trials(path: Path, version: str) -> list[Trial]:
    """The trials in a table of them, in order; none where there is no such table."""
    if not path.is_file():
        return []
    from pyarrow import parquet

    return [_trial(row, version) for row in parquet.read_table(path).to_pylist()]


def _trial(row: dict, version: str) -> Trial:
    settings = _settings(row.get("settings"))
    params = {"family": row.get("family")} | settings
    return Trial(
        name=f"{version} trial {row.get('number')}",
        status=_STATUS.get(row.get("state"), "FINISHED"),
        params={shortened(name, NAME): shortened(value) for name, value in params.items() if value is not None},
        metrics=numbers(row, without=_NOT_METRICS),
        tags={"churn.trial": str(row.get("number")), "churn.state": str(row.get("state"))},
    )


def _settings(text: str | None) -> dict:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = {"settings": text}
    return found if isinstance(found, dict) else {"settings": text}
