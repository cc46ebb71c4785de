"""The data of a run as the archive has it: the tables as they were read, from a folder like a run's artifacts."""

from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.archive.tables import read_table
from churn_mlops.data.engine import connect, literal
from churn_mlops.data.sources.source import REJECTED, Source
from churn_mlops.errors import DataError

TABLES, HOW_READ, QUARANTINE = "read/tables.json", "read/source.json", "quarantine.parquet"


def is_archived(location: Path) -> bool:
    """Whether a location is a folder in which a run has left its data."""
    return (Path(location) / TABLES).is_file()


def archived_files(folder: Path) -> list[str]:
    """The files that the data consists of, by their names in the folder."""
    tables = [table["file"] for table in read_json(Path(folder) / TABLES).values()]
    return [*tables, *(name for name in (TABLES, HOW_READ, QUARANTINE) if (Path(folder) / name).is_file())]


def open_archived(folder: Path) -> Source:
    """The source as it was opened then: numbered, cut to its day, with the rows that could not be read into fields.

    Raises DataError where a table is not there.
    """
    folder, tables = Path(folder), {}
    for name, table in read_json(folder / TABLES).items():
        path = folder / table["file"]
        if not path.is_file():
            raise DataError(f"{path}: the table `{name}` is missing. Cure: take the folder from a copy of the archive.")
        tables[name] = connect().read_parquet(literal(path), hive_partitioning=False)
    how = read_json(folder / HOW_READ) if (folder / HOW_READ).is_file() else {"decimal": ".", "rejected": 0}
    rejected = read_table(folder / QUARANTINE).head(how["rejected"])[list(REJECTED)] if how["rejected"] else None
    source = Source(tables, notes=("as a run has read it",), decimal=how["decimal"])
    return source if rejected is None else Source(tables, source.notes, rejected.astype(REJECTED), how["decimal"])
