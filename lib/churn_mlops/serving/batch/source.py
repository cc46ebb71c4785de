"""What is to be scored, as Parquet files to be read piece by piece, wherever it came from."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from churn_mlops.archive.digest import digest_file, digest_json
from churn_mlops.config import Definition
from churn_mlops.data.engine import fresh
from churn_mlops.data.sources import TABLE, check_location, name_of, open_source
from churn_mlops.data.sources.header import column_names
from churn_mlops.data.sources.locating import PARQUET
from churn_mlops.data.sources.places import is_url
from churn_mlops.data.sources.source import file_rows, no_rows


@dataclass(frozen=True)
class File:
    """A Parquet file: what it is called in messages, its rows by row group, and columns that its folders name."""

    path: str
    name: str
    groups: tuple[int, ...]
    constants: tuple[tuple[str, str], ...] = ()

    @property
    def rows(self) -> int:
        """All of its rows."""
        return sum(self.groups)


@dataclass(frozen=True)
class Input:
    """The rows to score; `names` leads from each column's name to the one that the files have."""

    name: str
    digest: str  # of a file its SHA-256, of a folder that of its files' names and digests, else of the table's content
    files: tuple[File, ...]
    names: dict[str, str]
    table: object  # ibis, all rows, to find out how its texts are written
    notes: tuple[str, ...] = ()
    rejected: object = field(default_factory=no_rows)  # rows that could not be read into fields
    decimal: str = "."
    in_place: bool = True  # whether its files are those that were named, and not copies of this process

    @property
    def rows(self) -> int:
        """All rows, but those that were rejected."""
        return sum(file.rows for file in self.files)


def open_input(definition: Definition, location: str, table: str = "", query: str = "") -> Input:
    """Open a CSV or Parquet file, a folder of Parquet files or a database's table; nothing is held in memory.

    What is no Parquet is copied to Parquet once. `definition` says how texts are written. Raises ConfigError for what
    cannot be opened and DataError for what is no table.
    """
    location = str(location)
    if is_url(location):
        table, query = _asked(definition, table, query)
        _check_password(definition)
    check_location(location, table, query)
    dataset = replace(definition.dataset, source=location, table=table, query=query)
    source = open_source(replace(definition, dataset=dataset), location)
    path = Path(location)
    direct = not is_url(location) and (path.is_dir() or path.suffix.lower() in PARQUET)
    opened = _in_place(path, source) if direct and not definition.source.number_rows else _copied(location, source)
    return replace(opened, notes=source.notes)


def _asked(definition: Definition, table: str, query: str) -> tuple[str, str]:
    """The table or query of a database: as asked for, else as the definition has it."""
    return (table, query) if table or query else (definition.dataset.table, definition.dataset.query)


def _check_password(definition: Definition) -> None:
    from churn_mlops.data.sources.password import check_variable  # loads what hides secrets

    check_variable(definition.source.password_variable)


def _in_place(path: Path, source) -> Input:
    from churn_mlops.data.sources.parquet import parquet_files

    paths = parquet_files(path)
    root = path if path.is_dir() else path.parent
    files = tuple(_file(own, own.relative_to(root)) for own in paths)
    digests = {file.name: digest_file(Path(file.path)) for file in files}
    digest = digest_json(digests) if path.is_dir() else digests[files[0].name]
    constant = {name: name for name, _ in files[0].constants}
    names = _names(paths[0], path) | constant
    return Input(path.name, digest, files, names, source.tables[TABLE])


def _names(file: Path, where) -> dict[str, str]:
    import pyarrow.parquet as pq

    own = pq.read_schema(file).names
    return dict(zip(column_names(own, where)[0], own, strict=True))


def _file(path: Path, name: Path) -> File:
    import pyarrow.parquet as pq

    facts = pq.read_metadata(path)
    groups = tuple(facts.row_group(group).num_rows for group in range(facts.num_row_groups))
    constants = tuple(tuple(part.split("=", 1)) for part in name.parts[:-1] if "=" in part)
    return File(str(path.absolute()), name.as_posix(), groups, constants)


def _copied(location: str, source) -> Input:
    """Rows that stand in no Parquet file yet, in one of this process; the digest is that of a file as it was."""
    from churn_mlops.data.storing import store_as_read

    stored, name = store_as_read(fresh("input.parquet"), source.tables[TABLE]), name_of(location)
    digest = stored.digest if is_url(location) or Path(location).is_dir() else digest_file(Path(location))
    file = replace(_file(stored.path, Path(stored.path.name)), name=name)
    names = {column: column for column in stored.schema.names}
    return Input(name, digest, (file,), names, stored.table, (), source.rejected, source.decimal, in_place=False)


@dataclass(frozen=True)
class Numbers:
    """From a row's position among all rows, from 0, to its number in its file, from 1."""

    files: tuple[File, ...]
    rejected: object

    def __call__(self, position: int) -> str:
        """The number, and with several files in which of them."""
        if len(self.files) == 1:
            return str(int(file_rows([position], self.rejected)[0]))
        for file in self.files:
            if position < file.rows:
                return f"{position + 1} of {file.name}"
            position -= file.rows
        raise IndexError(position)
