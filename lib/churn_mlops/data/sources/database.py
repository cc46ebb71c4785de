"""A table or a query of a database, copied in pieces to Parquet of our own, so that all else is DuckDB's.

A database's rows have no order, and a version of the data is named by its content: so rows are put in order, by id
and snapshot date first and then by all else.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from churn_mlops.config import Definition
from churn_mlops.data.engine import connect, fresh, identifier, quoted, run
from churn_mlops.data.sources.header import column_names
from churn_mlops.data.sources.places import SQLITE
from churn_mlops.data.sources.source import Source
from churn_mlops.errors import DataError


def open_database(definition: Definition, url: str, table: str) -> Source:
    """The table or query that the definition names; raises DataError where there is none, or the server refuses."""
    dataset = definition.dataset
    if urlsplit(url).scheme == SQLITE:
        from churn_mlops.data.sources.sqlite import read_sqlite as read
    else:
        from churn_mlops.data.sources.postgres import read_postgres as read
    schema, batches = read(url, dataset.table, dataset.query, definition.source.password_variable)
    where = asked(url, dataset.table, dataset.query)
    names, notes = column_names(schema.names, where)
    rows = _staged([field.with_name(name) for field, name in zip(schema, names, strict=True)], batches, where)
    if rows is None:
        raise DataError(f"{where}: no rows. Cure: name another table or query.")
    first = [name for name in (dataset.id, dataset.snapshot_date) if name in names]
    return Source({table: _in_order(rows, names, first)}, tuple(notes))


def asked(url: str, table: str, query: str) -> str:
    """What was asked of a database, for messages."""
    return f"{url}, table {table}" if table else f"{url}, query {' '.join(query.split())[:80]!r}"


def _staged(fields: list, batches: Iterable, where: str):
    """The path of a Parquet file with all rows, or None where there are none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(fields)
    staged, count = fresh("fetched.parquet"), 0
    with pq.ParquetWriter(staged, schema) as writer:
        for columns in batches:
            arrays = [_array(column, field, where) for column, field in zip(columns, schema, strict=True)]
            batch = pa.record_batch(arrays, schema=schema)
            writer.write_batch(batch)
            count += batch.num_rows
    return staged if count else None


def _array(values, field, where: str):
    import pyarrow as pa

    try:
        return pa.array(values, type=field.type)
    except (pa.ArrowException, OverflowError, UnicodeError) as error:
        raise DataError(
            f"{where}: column `{field.name}` holds what is no {field.type}: {error}. Cure: cast it in a query."
        ) from None


def _in_order(staged, names: list[str], first: list[str]):
    """The table in the order of its keys and then of all else, so that equal content is the same to the byte."""
    keys = [*first, *(name for name in names if name not in first)]
    ordered = fresh("ordered.parquet")
    run(
        f"COPY (SELECT * FROM read_parquet({quoted(staged)}) ORDER BY {', '.join(map(identifier, keys))}) "
        f"TO {quoted(ordered)} (FORMAT parquet)"
    )
    staged.unlink()
    return connect().read_parquet(str(ordered))


def in_pieces(cursor, size: int = 50_000) -> Iterator[list]:
    """The rows behind a cursor as columns, a piece at a time."""
    while rows := cursor.fetchmany(size):
        yield list(zip(*rows, strict=True))
