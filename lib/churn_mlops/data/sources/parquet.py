"""Parquet files and folders of them as one table; its values keep their types."""

from pathlib import Path

from churn_mlops.data.engine import connect, literal
from churn_mlops.data.sources.header import column_names
from churn_mlops.data.sources.source import Source
from churn_mlops.errors import DataError

_SUFFIXES = (".parquet", ".pq")


def open_parquet(path: Path, table: str) -> Source:
    """The one table of a Parquet file, or of all such files below a folder, in order of their names.

    Folders named `key=value` become columns. Raises DataError where the files are not of one table.
    """
    files = parquet_files(path)
    schemas = {file: _schema(file) for file in files}
    _check_alike(schemas, path)
    partitions = _partitions(path, files) if path.is_dir() else []
    rows = connect().read_parquet(
        list(map(literal, files)), hive_partitioning=bool(partitions), union_by_name=False, file_row_number=False
    )
    own = list(schemas[files[0]][1])  # DuckDB makes up names of its own for blank ones
    names, notes = column_names([*own, *rows.columns[len(own) :]], path)
    read = rows.select(**{name: rows[column] for name, column in zip(names, rows.columns, strict=True)})
    if len(files) > 1:
        notes.append(f"{len(files):,} Parquet files")
    notes += [f"column `{name}` from the names of folders" for name in partitions]
    return Source({table: read}, tuple(notes))


def parquet_files(path: Path) -> list[Path]:
    """The Parquet files, by name; those that begin with a dot or `_` are bookkeeping of whoever wrote the folder."""
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
    files = [f for f in files if not any(part.startswith((".", "_")) for part in f.relative_to(path).parts)]
    if not files:
        others = sorted({file.suffix or file.name for file in path.rglob("*") if file.is_file()})
        seen = f"It has: {', '.join(others[:5])}." if others else "It is empty."
        raise DataError(f"{path}: no Parquet file (.parquet) in this folder. {seen} Cure: name the folder or file.")
    return files


def _schema(file: Path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_metadata(file)
        schema = found.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        why = str(error).strip().splitlines()[0].rstrip(".")
        raise DataError(f"{file}: cannot be read: {why}. Cure: copy or export it again as Parquet.") from None
    return found.num_rows, {field.name: str(field.type) for field in schema}


def _check_alike(schemas: dict, path: Path) -> None:
    """Raise DataError where a file has other columns or types than the first, or where there are no rows at all."""
    (first, (_, expected)), *others = schemas.items()
    for file, (_, seen) in others:
        for name in dict.fromkeys([*expected, *seen]):
            if expected.get(name) != seen.get(name):
                raise DataError(
                    f"{path}: its files differ in column `{name}`: {expected.get(name, 'not there')} in {first.name}, "
                    f"{seen.get(name, 'not there')} in {file.name}. Cure: write them with one schema, or name one file."
                )
    if not sum(rows for rows, _ in schemas.values()):
        raise DataError(f"{path}: a header and no rows. Cure: export it again; the last export broke off.")


def _partitions(path: Path, files: list[Path]) -> list[str]:
    """The names of columns that stand in the names of folders."""
    parts = files[0].relative_to(path).parts[:-1]
    return [part.partition("=")[0] for part in parts if "=" in part]
