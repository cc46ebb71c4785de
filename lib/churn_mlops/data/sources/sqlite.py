"""Tables and queries of an SQLite file, through Ibis. A column has the type of its values, not the declared one."""

import sqlite3
from collections.abc import Iterator

from churn_mlops.data.sources.database import asked, in_pieces
from churn_mlops.data.sources.places import path_of
from churn_mlops.errors import DataError


def read_sqlite(url: str, table: str, query: str, _: str = ""):
    """The Arrow schema of a table or query, and its rows as columns, a piece at a time."""
    where = asked(url, table, query)
    try:
        backend = _connected(url)
        rows = backend.sql(query.strip().rstrip(";")) if query else _table(backend, table, where)
        schema = _schema(backend, rows)
        texts = {field.name for field in schema if str(field.type) == "string"}
        rows = rows.select(
            **{name: rows[name].cast("string") if name in texts else rows[name] for name in rows.columns}
        )
    except sqlite3.Error as error:
        raise _refused(where, error) from None
    return schema, _fetched(backend, rows, where)


def _connected(url: str):
    import ibis

    path = path_of(url)
    if not path.is_file():
        raise DataError(f"{url}: no such file. Cure: sqlite:///PATH, with three slashes before a relative path.")
    opened = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    return ibis.sqlite.from_connection(opened)


def _table(backend, name: str, where: str):
    from ibis.common.exceptions import TableNotFound

    try:
        return backend.table(name)
    except TableNotFound:
        raise DataError(
            f"{where}: no such table. There are: {', '.join(sorted(backend.list_tables())[:10]) or 'none'}. "
            "Cure: name one of them: `table` in [dataset], or --table of init."
        ) from None


def _schema(backend, rows):
    """Whole numbers, numbers or texts, by the values that stand in each column."""
    import pyarrow as pa

    kinds = [(name, rows[name].typeof()) for name in rows.columns]
    counted = {
        f"{place} {kind}": (of == kind).sum()
        for place, (_, of) in enumerate(kinds)
        for kind in ("integer", "real", "null")
    }
    seen = backend.execute(rows.aggregate(rows.count().name("rows"), **counted)).iloc[0].fillna(0)
    fields = []
    for place, (name, _) in enumerate(kinds):
        whole, real, none = (seen[f"{place} {kind}"] for kind in ("integer", "real", "null"))
        numbers = pa.float64() if real else pa.int64()
        fields.append((name, numbers if 0 < whole + real == seen["rows"] - none else pa.string()))
    return pa.schema(fields)


def _fetched(backend, rows, where: str) -> Iterator[list]:
    try:
        yield from in_pieces(backend.raw_sql(backend.compile(rows)))
    except (sqlite3.Error, UnicodeError) as error:
        raise _refused(where, error) from None


def _refused(where: str, error: Exception) -> DataError:
    return DataError(f"{where}: {str(error).rstrip('.')}. Cure: correct [dataset] table or query, or mend the file.")
