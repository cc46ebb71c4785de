"""Tables and queries of a PostgreSQL server, through Ibis. The session is read-only, whatever the query says."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from churn_mlops.data.sources.database import asked, in_pieces
from churn_mlops.data.sources.password import VARIABLES, find_password, hidden
from churn_mlops.errors import ConfigError, DataError

_SECONDS = 10  # to wait for a server
_SESSION = "-c default_transaction_read_only=on -c TimeZone=UTC"
_EXTRA = "Cure: uv pip install 'churn-mlops[postgres]' (psycopg)."


def read_postgres(url: str, table: str, query: str, password_variable: str):
    """The Arrow schema of a table or query, and its rows as columns, a piece at a time."""
    password = find_password(password_variable)
    where = asked(url, table, query)
    backend = _connected(url, password, password_variable)
    with _errors(where, password):
        rows = _plain(_query(backend, query) if query else _table(backend, table, where))
        return rows.schema().to_pyarrow(), _fetched(backend, rows, where, password)


def _connected(url: str, password: str | None, variable: str):
    """A backend; raises DataError where the server cannot be reached or lets nobody in."""
    try:
        import ibis
        import psycopg  # noqa: F401
    except ImportError:
        raise ConfigError(f"{url}: psycopg, which speaks to PostgreSQL, is not installed. {_EXTRA}") from None
    parts = urlsplit(url)
    told = variable or " or ".join(VARIABLES)
    with _errors(url, password, f"Cure: check host, port, user, database, and the password in {told}."):
        return ibis.postgres.connect(
            host=parts.hostname,
            port=parts.port or 5432,
            user=unquote(parts.username) if parts.username else None,
            password=password,
            database=unquote(parts.path.strip("/")) or None,
            **({"connect_timeout": _SECONDS} | dict(parse_qsl(parts.query)) | {"options": _SESSION}),
        )


def _table(backend, name: str, where: str):
    """A table, or SCHEMA.TABLE."""
    from ibis.common.exceptions import TableNotFound

    schema, _, table = name.rpartition(".")
    try:
        return backend.table(table, database=schema or None)
    except TableNotFound:
        raise DataError(
            f"{where}: no such table. There are: {', '.join(_tables(backend)[:10]) or 'none'}. "
            "Cure: name one of them with its schema, SCHEMA.TABLE: `table` in [dataset], or --table of init."
        ) from None


def _tables(backend) -> list[str]:
    """The tables of a database as SCHEMA.TABLE, but for the server's own."""
    schemas = [name for name in backend.list_databases() if not name.startswith(("pg_", "information_schema"))]
    return sorted(f"{schema}.{table}" for schema in schemas for table in backend.list_tables(database=schema))


def _query(backend, query: str):
    """A query as a table. Its columns are asked for without any row: Ibis would make a view, and we only read."""
    query = query.strip().rstrip(";")
    with backend.con.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) AS asked LIMIT 0")
        columns = {column.name: _type(backend, column.type_code) for column in cursor.description}
        twice = len(columns) < len(cursor.description)
    if twice:
        raise DataError(f"query {query[:80]!r}: two of its columns have one name. Cure: name them with AS.")
    return backend.sql(query, schema=columns)


def _type(backend, code: int):
    from ibis.backends.sql.datatypes import PostgresType
    from ibis.expr.datatypes import unknown

    known = backend.con.adapters.types.get(code)
    return PostgresType.from_string(known.name) if known and known.oid == code else unknown  # not that of an array


def _plain(rows):
    """Numbers, texts, truths and times; all else, such as JSON, arrays and UUIDs, as its text."""
    return rows.select(**{name: _as_plain(rows[name]) for name in rows.columns})


def _as_plain(column):
    kind = column.type()
    if kind.is_decimal():
        return column.cast("float64")
    if kind.is_numeric() or kind.is_boolean() or kind.is_timestamp() or kind.is_date():
        return column
    return column.cast("string")


def _fetched(backend, rows, where: str, password: str | None) -> Iterator[list]:
    """The rows by a cursor on the server, so that only a piece of them is here at any time."""
    with _errors(where, password), backend.con.transaction(), backend.con.cursor(name="churn_mlops") as cursor:
        cursor.execute(backend.compile(rows))
        yield from in_pieces(cursor)
    backend.disconnect()


class _errors:
    """What the server says, as a DataError without the password."""

    def __init__(self, where: str, password: str | None, cure: str = "Cure: correct [dataset] table or query."):
        self.where, self.password, self.cure = where, password, cure

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is GeneratorExit:
            return False
        import psycopg

        if isinstance(error, psycopg.Error):
            told = " ".join(str(error).split()).rstrip(".")
            raise DataError(f"{self.where}: {hidden(told, self.password)}. {self.cure}") from None
        return False
