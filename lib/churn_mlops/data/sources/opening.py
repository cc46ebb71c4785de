"""Opening a source: which reader has to do with it."""

from dataclasses import replace
from pathlib import Path

from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.data.sources.archived import is_archived, open_archived
from churn_mlops.data.sources.locating import PARQUET
from churn_mlops.data.sources.places import is_url
from churn_mlops.data.sources.source import Source
from churn_mlops.errors import DataError

TABLE = "table"  # the name of the one table that a file, a folder or a database gives


def open_source(definition: Definition, location: str) -> Source:
    """The dataset's tables, lazily; raises DataError where the data cannot be read as tables.

    `location` is what `locate` has returned. Rows of a file are in the order of the file.
    """
    if location == SIMULATOR:
        return _simulated(definition)
    if not is_url(location) and is_archived(Path(location)):
        return open_archived(Path(location))
    source = _opened(definition, location)
    number = definition.source.number_rows
    return replace(source, tables={TABLE: _numbered(source.tables[TABLE], number, location)}) if number else source


def _opened(definition: Definition, location: str) -> Source:
    if is_url(location):
        from churn_mlops.data.sources.database import open_database

        return open_database(definition, location, TABLE)
    path = Path(location)
    if path.is_dir() or path.suffix.lower() in PARQUET:
        from churn_mlops.data.sources.parquet import open_parquet

        return open_parquet(path, TABLE)
    from churn_mlops.data.sources.text import open_text

    return open_text(path, TABLE, definition.source)


def _numbered(table, name: str, where: str):
    """The table with the number of each row, from 1, as a text in its first column."""
    import ibis

    if name.lower() in map(str.lower, table.columns):
        raise DataError(f"{where}: has a column `{name}`. Cure: another name for `number_rows` in [source].")
    number = (ibis.row_number() + 1).cast("string")
    return table.mutate(**{name: number}).relocate(name)


def _simulated(definition: Definition) -> Source:
    """The simulator's tables, made in memory and handed to DuckDB."""
    from churn_mlops.data.engine import stored
    from churn_mlops.data.simulator import SimulatorSettings, simulate

    frames = simulate(SimulatorSettings.from_dict(definition.simulator))
    return Source({name: stored(frame) for name, frame in frames.items()})
