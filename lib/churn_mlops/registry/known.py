"""The champion that a run may know: the present one, or for a run that looks back, the last of its day."""

from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.config import Definition
from churn_mlops.registry.champion import Champion, read_champion, read_history


def known_champion(runs_dir, definition: Definition) -> Champion | None:
    """The champion of the dataset; as of a day the newest one that was made of data of that day or before.

    A later one has learned what was not known yet: held against it, a model of that day could only lose. The moment
    of a promotion does not count, because a model of old data may be made, and promoted, today.
    """
    name = definition.dataset.name
    if not definition.as_of:
        return read_champion(Path(runs_dir), name)
    for champion in reversed(read_history(Path(runs_dir), name)):
        day = newest_day(Path(runs_dir) / champion.version / "artifacts")
        if day and day <= definition.as_of:
            return champion
    return None


def newest_day(artifacts: Path) -> str | None:
    """The last day that the data of a run reports on; None where it has no dates or the run is gone."""
    try:
        return read_json(artifacts / "data_version.json")["newest"]
    except (OSError, KeyError, ValueError):
        return None
