"""Opening a source: which reader has to do with it."""

from pathlib import Path

from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.data.sources.source import Source

TABLE = "table"  # the name of the one table that a file, a folder or a database gives


def open_source(definition: Definition, location: str) -> Source:
    """The dataset's tables, lazily; raises DataError where the data cannot be read as tables.

    `location` is what `locate` has returned. Rows of a file are in the order of the file.
    """
    if location == SIMULATOR:
        return _simulated(definition)
    path = Path(location)
    if path.is_dir() or path.suffix in (".parquet", ".pq"):
        from churn_mlops.data.sources.parquet import open_parquet

        return open_parquet(path, TABLE)
    from churn_mlops.data.sources.text import open_text

    return open_text(path, TABLE, definition.source)


def _simulated(definition: Definition) -> Source:
    """The simulator's tables, made in memory and handed to DuckDB."""
    from churn_mlops.data.engine import stored
    from churn_mlops.data.simulator import SimulatorSettings, simulate

    frames = simulate(SimulatorSettings.from_dict(definition.simulator))
    return Source({name: stored(frame) for name, frame in frames.items()})
