"""A CSV file as a table of texts, through DuckDB: read once into Parquet of our own, and from there as often as needed.

DuckDB is told all options, so that nothing is guessed twice. Where it objects to the file, the file is read again
in a slower way that keeps short and long rows apart from the others.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.config import Reading
from churn_mlops.data.engine import connect, fresh, literal, quoted, run
from churn_mlops.data.sources import packed
from churn_mlops.data.sources.dialect import Dialect, find_dialect
from churn_mlops.data.sources.source import REJECTED, Source, no_rows
from churn_mlops.errors import DataError

_EXTRA = 30  # fields beyond the header's that a row may have and still be shown
_ABSENT = "\x01absent\x01"  # no field holds this, so that a field which is not there differs from an empty one
_ODD_NEWLINES = "invalid state"  # what DuckDB says where some lines end in CR LF and others in LF
_TELLING = ("Value", "Expected", "Maximum", "Invalid unicode")  # how the line of DuckDB's message begins that helps


@dataclass(frozen=True)
class _File:
    """A text file on its way into DuckDB."""

    path: Path  # as the user knows it
    text: packed.Text
    dialect: Dialect
    table: str


def open_text(path: Path, table: str, told: Reading) -> Source:
    """The one table of a CSV file, all columns text; raises DataError where it is no table."""
    connect()  # what is wrong with DuckDB itself is not the file's fault
    text = packed.as_text(path, told.encoding)
    dialect = find_dialect(text.path, told, path)
    read, rejected = _read(_File(path, text, dialect, table))
    return Source({table: read}, (*text.notes, *dialect.notes), rejected, dialect.decimal)


def _read(file: _File):
    """The table, and the rows that are not in it."""
    import duckdb

    width, staged = len(file.dialect.names), fresh("read.parquet")
    try:
        if file.text.nul:
            raise duckdb.InvalidInputException("NUL bytes")  # to be looked at row by row
        _copy(f"SELECT {_named(width)} FROM {_call(file, width)}", staged)
    except duckdb.Error:
        return _read_carefully(file, staged)
    return _table(staged, file.dialect.names), no_rows()


def _read_carefully(file: _File, staged: Path):
    """As `_read`, one line after the other, with a reason beside each row that does not fall into its fields."""
    width = len(file.dialect.names)
    fields = ", ".join(f"c{place}" for place in range(width + _EXTRA))
    query = f"SELECT *, {_reason(width)} AS reason FROM (SELECT {fields} FROM {_call(file, width + _EXTRA, True)})"
    _copy_or_refuse(file, query, staged)
    engine = connect()
    rows = engine.read_parquet(str(staged))
    count, bad, last = _counts(staged)
    _check_last_row(file, last)
    if bad > count / 2:
        raise _misfit(file, count, bad, staged)
    kept = rows.filter(rows.reason.isnull())
    columns = {name: kept[f"c{place}"].nullif("") for place, name in enumerate(file.dialect.names)}
    return kept.select(**columns), _rejected(file, staged) if bad else no_rows()


def _copy_or_refuse(file: _File, query: str, staged: Path) -> None:
    """Copy the query's rows; try again with line ends made equal where that was the trouble."""
    import duckdb

    try:
        _copy(query, staged)
    except duckdb.Error as error:
        if _ODD_NEWLINES not in str(error):
            raise _refused(file.path, error) from None
        even = packed.with_even_newlines(file.text.path)
        try:
            _copy(query.replace(quoted(literal(file.text.path)), quoted(even)), staged)
        except duckdb.Error as again:
            raise _refused(file.path, again) from None


def _copy(query: str, staged: Path) -> None:
    run(f"COPY ({query}) TO {quoted(staged)} (FORMAT parquet)")


def _call(file: _File, width: int, careful: bool = False) -> str:
    """The call of `read_csv` with every option told."""
    dialect = file.dialect
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
    careful_options = f", null_padding=true, parallel=false, nullstr={quoted(_ABSENT)}" if careful else ""
    return (
        f"read_csv({quoted(literal(file.text.path))}, auto_detect=false, header=false, skip={dialect.skip}, "
        f"delim={quoted(dialect.delimiter)}, quote={quoted(dialect.quote)}, escape={quoted(dialect.escape)}, "
        f"comment='', compression='none', columns={{{columns}}}{careful_options})"
    )


def _named(width: int) -> str:
    return ", ".join(f"nullif(c{place}, '') AS c{place}" for place in range(width))


def _reason(width: int) -> str:
    """Why a row is none, or NULL. Empty fields too many are delimiters at the end of the line, and harmless."""
    fields = " + ".join(f"(c{place} IS NOT NULL)::INT" for place in range(width + _EXTRA))
    extra = " OR ".join(f"c{place} <> ''" for place in range(width, width + _EXTRA))
    nul = " OR ".join(f"contains(c{place}, chr(0))" for place in range(width))
    return (
        f"CASE WHEN c{width - 1} IS NULL OR {extra} THEN (({fields}) || ' fields, {width} expected') "
        f"WHEN {nul} THEN 'a NUL byte in it' END"
    )


def _table(staged: Path, names: list[str]):
    rows = connect().read_parquet(str(staged))
    return rows.select(**{name: rows[f"c{place}"] for place, name in enumerate(names)})


def _counts(staged: Path) -> tuple[int, int, bool]:
    """Rows, how many of them are bad, and whether the last one is."""
    last = f"(SELECT reason IS NOT NULL FROM {_numbered(staged)} ORDER BY row DESC LIMIT 1)"
    return run(f"SELECT count(*), count(reason), {last} FROM {quoted(staged)}")[0]


def _numbered(staged: Path) -> str:
    return f"(SELECT *, file_row_number + 1 AS row FROM read_parquet({quoted(staged)}, file_row_number=true))"


def _rejected(file: _File, staged: Path):
    """The bad rows with number, reason and values, as the quarantine holds them."""
    import pandas as pd

    found = run(f"SELECT * EXCLUDE (file_row_number) FROM {_numbered(staged)} WHERE reason IS NOT NULL ORDER BY row")
    rows = [(file.table, row[-1], row[-2], _values(file.dialect.names, row[:-2])) for row in found]
    return pd.DataFrame(rows, columns=list(REJECTED)).astype(REJECTED)


def _values(names: list[str], fields: tuple) -> str:
    """What stands in a row, by column; fields beyond the header's by their place."""
    last = max((place for place, field in enumerate(fields) if field is not None), default=-1)
    named = [*names, *(f"field {place + 1}" for place in range(len(names), len(fields)))]
    return json.dumps({name: field for name, field in zip(named[: last + 1], fields, strict=False)}, ensure_ascii=False)


def _check_last_row(file: _File, last_is_bad: bool) -> None:
    """Raise DataError where a quote that is never closed has swallowed the rest of the file."""
    if last_is_bad and packed.ends_within_quotes(file.text.path, file.dialect.delimiter, file.dialect.quote):
        raise DataError(
            f"{file.path}: cannot be read: a quote ({file.dialect.quote}) is opened and never closed, so where the "
            "rows after it end is not known. Cure: export it again with quotes in a value doubled, or complete."
        )


def _misfit(file: _File, count: int, bad: int, staged: Path) -> DataError:
    row = _rejected(file, staged).iloc[0]
    return DataError(
        f"{file.path}: {bad:,} of {count:,} rows do not have the fields of the header ({len(file.dialect.names)}), "
        f"the first being row {row['row']}: {row['reasons']}. Cure: export it again with a name for every column, and "
        "with values that hold the delimiter in quotes."
    )


def _refused(path: Path, error: Exception) -> DataError:
    """What DuckDB says, as far as it helps; its advice is for those who call it themselves."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    where = next(
        (line.rpartition(" on ")[2].lower().replace(":", "") for line in lines if "CSV Error on Line" in line), ""
    )
    what = next(
        (line for line in lines if line.startswith(("Value", "Expected", "Maximum", "Invalid unicode"))), lines[0]
    )
    return DataError(
        f"{path}: cannot be read{' at ' + where if where else ''}: {what.rstrip('.')}. "
        "Cure: correct that line, or export the file again with quotes in a value doubled."
    )
