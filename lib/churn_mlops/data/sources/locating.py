"""Where the data of a run is, found out and judged before any work."""

from pathlib import Path

from churn_mlops.config import SIMULATOR, Config
from churn_mlops.data.sources.archived import is_archived
from churn_mlops.data.sources.places import check_url, is_url, moved, path_of, without_password
from churn_mlops.errors import ConfigError, DataError

PLAIN = (".csv", ".tsv", ".txt")
PACKED = ("", ".gz", ".bz2", ".xz", ".zst")
PARQUET = (".parquet", ".pq")
FORMATS = (*(f"{name}{packed}" for name in PLAIN for packed in PACKED), *PARQUET)


def locate(config: Config, data: str = "") -> str:
    """The path or URL of the data, or "simulator"; raises ConfigError before any work where it cannot be right.

    `data`, where given, replaces the source named in the definition. A relative source is looked for
    beside the definition's file. There is never a password in it.
    """
    dataset = config.definition.dataset
    if dataset.source == SIMULATOR:
        return _simulator(config, data)
    if is_url(data or dataset.source):
        from churn_mlops.data.sources.password import check_variable  # loads what hides secrets: not for every answer

        check_url(data or dataset.source)
        check_variable(config.definition.source.password_variable)
    if data and not is_url(data) and is_archived(Path(data)):
        return data  # whatever it was read from then, a table of a database as well
    location = data or moved(dataset.source, lambda path: config.path.parent / path)
    _check_asked(location, dataset.table, dataset.query, f"{config.path}: [dataset] ")
    whose = f" (the data of `{dataset.name}`, {config.path}). Cure: --data FILE, FOLDER or URL says where it is."
    _check_there(location, whose)
    return location


def check_location(location: str, table: str = "", query: str = "") -> None:
    """Raise ConfigError or DataError for a place that cannot be right; for data without a definition."""
    if is_url(location):
        check_url(location)
    _check_asked(location, table, query, "--")
    _check_there(location, ". Cure: name a file, a folder or a URL that is there.")


def _check_there(location: str, cure: str) -> None:
    path = path_of(location)
    if path and not path.exists():
        raise ConfigError(f"{path}: no such file{cure}")
    if not is_url(location):
        check_path(path)


def _simulator(config: Config, data: str) -> str:
    if data:
        raise ConfigError(
            f"--data {without_password(data)}: {config.path} describes the simulator, which reads no file. "
            "Cure: --config with the definition of that file."
        )
    return SIMULATOR


def _check_asked(location: str, table: str, query: str, where: str) -> None:
    """Raise ConfigError where a database is not asked for a table, or a file is; `where` stands before a key's name."""
    if table and query:
        raise ConfigError(f"{where}table and query: expected one of them. Cure: leave out one.")
    if is_url(location) and not (table or query):
        raise ConfigError(
            f"{where}table is missing: the source is a database, {location}. "
            f"Cure: say which table, SCHEMA.TABLE, or which query.{_tables_in(location)}"
        )
    if not is_url(location) and (table or query):
        key = "table" if table else "query"
        raise ConfigError(f"{where}{key} is for a database; the source is a file, {location}. Cure: leave it out.")


def _tables_in(location: str) -> str:
    """The tables of an SQLite file, for those who have not named one; nothing where that cannot be found out."""
    import sqlite3
    from contextlib import closing, suppress

    path, names = path_of(location), []
    if path and path.is_file():
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    return f" There are: {', '.join(sorted(names)[:10])}." if names else ""


def check_path(path: Path) -> None:
    """Raise ConfigError or DataError for a path that cannot be a table, by its name and size alone."""
    if path.is_dir():
        return
    if not path.name.lower().endswith(FORMATS):
        raise ConfigError(
            f"{path}: not a file this reads. Expected a folder of Parquet files, or a name that ends in "
            f"{', '.join([*PLAIN, *PARQUET])}; text may be compressed ({', '.join(PACKED[1:])}). Cure: rename or "
            "export it."
        )
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty. Cure: export it again, with a header line and rows.")
