"""A table as it was read and as it is used, both on disk, neither ever in memory as a whole.

Pieces of a fixed size pass from the source to the first file, and from there through the contract to the second. Where
the contract changes nothing, the first file is the second, and one is stored.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.archive.digest import TableDigest
from churn_mlops.archive.tables import GROUP_ROWS, read_pieces, stored_schema, table_writer
from churn_mlops.data.contract import Contract
from churn_mlops.data.engine import connect
from churn_mlops.data.repeats import find_repeats
from churn_mlops.data.rows import Checker, same_columns
from churn_mlops.errors import CheckError

WAITING = 2  # pieces that may wait to be written while the next one is made


@dataclass(frozen=True)
class Stored:
    """A table on disk."""

    path: Path
    digest: str
    rows: int
    schema: object  # pyarrow

    @property
    def table(self):
        """The table as an Ibis expression; nothing is read before it is asked for."""
        return connect().read_parquet(self.path)

    @property
    def with_nulls(self) -> frozenset:
        """The columns that lack a value somewhere."""
        import pyarrow.parquet as pq

        found, facts = set(), pq.read_metadata(self.path)
        for group in range(facts.num_row_groups):
            for place in range(facts.num_columns):
                column = facts.row_group(group).column(place)
                if not column.statistics or not column.statistics.has_null_count or column.statistics.null_count:
                    found.add(column.path_in_schema)
        return frozenset(found)

    def first_rows(self, rows: int = GROUP_ROWS):
        """Its beginning as a DataFrame."""
        if not self.rows:
            return self.schema.empty_table().to_pandas()
        return next(read_pieces(self.path)).slice(0, rows).to_pandas()


@contextmanager
def in_background(write: Callable):
    """The same function, working in a thread beside the caller; its errors are raised here, later."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = []

        def later(piece):
            waiting.append(pool.submit(write, piece))
            if len(waiting) > WAITING:
                waiting.pop(0).result()

        yield later
        for work in waiting:
            work.result()


def ahead(pieces):
    """The same pieces, of which the next is made in a thread while the caller works on one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        upcoming = pool.submit(next, pieces, None)
        while (piece := upcoming.result()) is not None:
            upcoming = pool.submit(next, pieces, None)
            yield piece


def store_as_read(path: Path, table) -> Stored:
    """Write an Ibis table as it comes; its digest is taken on the way."""
    reader = _reader(table)
    digest = TableDigest(reader.schema)
    with table_writer(path, reader.schema) as write, in_background(write) as later:
        for piece in reader:
            later(piece)
            digest.update(piece)
    return Stored(path, digest.hexdigest(), digest.rows, stored_schema(reader.schema))


def _reader(table):
    """The rows of an Ibis table in RecordBatches, as they come; Ibis asks DuckDB 2 for what that no longer has."""
    import ibis

    engine = table.get_backend()
    if engine.name != "duckdb":
        return table.to_pyarrow_batches(chunk_size=GROUP_ROWS)
    return engine.con.sql(str(ibis.to_sql(table, dialect="duckdb"))).to_arrow_reader(GROUP_ROWS)


def store_as_used(path: Path, read: Stored, contract: Contract, set_aside: Callable, number: Callable) -> Stored:
    """Write the rows that keep the contract, typed; `set_aside(raw rows, positions, reasons)` gets the others.

    Raises CheckError where rows in are not rows out and rows set aside.
    """
    import pyarrow as pa

    checker = Checker(contract, read.schema, read.with_nulls)
    repeats = find_repeats(lambda columns: _pieces(read, checker, columns), contract) if read.rows else None
    digest, aside, start = TableDigest(checker.kept_schema), 0, 0
    with _Copy(path, read, checker.kept_schema) as copy, in_background(digest.update) as count:
        for raw in ahead(read_pieces(read.path)):
            again = repeats.reasons(contract, start, start + raw.num_rows, number) if repeats else ()
            kept, reasons = sift(checker, raw, again)
            if reasons:
                positions = list(reasons)
                set_aside(raw.take(pa.array(positions)), [start + at for at in positions], list(reasons.values()))
            count(kept)
            copy.add(raw, kept)
            aside, start = aside + len(reasons), start + raw.num_rows
    _check_sum(contract.table, read.rows, digest.rows, aside)
    return Stored(path, digest.hexdigest(), digest.rows, checker.kept_schema)


def sift(checker: Checker, raw, again=()):
    """The rows of a piece that keep the contract, typed; and of the others the reasons, by position, ascending.

    `again` are position and reason of rows that may not stay for what is in other pieces.
    """
    cleaned = checker.clean(raw)
    reasons = _gathered(again, _gathered(checker.failures(cleaned)))
    positions = sorted(reasons)
    if positions:
        cleaned = cleaned.filter(_all_but(positions, raw.num_rows))
    return checker.converted(cleaned), {at: reasons[at] for at in positions}


def _pieces(read: Stored, checker: Checker, columns):
    """Cleaned and converted pieces of some columns, or of all; what cannot be converted is missing."""
    some = of_columns(checker, columns)
    for raw in read_pieces(read.path, list(columns) if columns else None):
        cleaned = some.clean(raw)
        yield cleaned, some.converted(cleaned)


def of_columns(checker: Checker, columns) -> Checker:
    """The checker of some columns alone, or of all (None)."""
    rules = {name: rule for name, rule in checker.contract.rules.items() if not columns or name in columns}
    return replace(checker, contract=replace(checker.contract, rules=rules))


def _gathered(found: list[tuple[int, str]], reasons: dict[int, list[str]] | None = None) -> dict[int, list[str]]:
    """Reasons by position, each once."""
    reasons = {} if reasons is None else reasons
    for position, reason in found:
        own = reasons.setdefault(position, [])
        if reason not in own:
            own.append(reason)
    return reasons


def _all_but(positions: list[int], rows: int):
    import numpy as np
    import pyarrow as pa

    mask = np.ones(rows, dtype=bool)
    mask[positions] = False
    return pa.array(mask)


def _check_sum(table: str, rows_in: int, kept: int, aside: int) -> None:
    if rows_in != kept + aside:
        raise CheckError(
            f"table `{table}`: {rows_in:,} rows in, {kept:,} kept and {aside:,} set aside: {rows_in - kept - aside:,} "
            "are lost. Cure: this is a mistake of the program; report it, and do not use the data."
        )


class _Copy:
    """The file of the rows that are used. It is begun where they first differ from those that were read."""

    def __init__(self, path: Path, read: Stored, schema):
        self.path, self.read, self.schema = path, read, schema
        self.stack, self.write, self.same = ExitStack(), None, 0
        self.types_differ = not schema.equals(read.schema)

    def __enter__(self):
        return self

    def add(self, raw, kept) -> None:
        """Take the next piece as it was read and as it is used."""
        if self.write is None and not self.types_differ and same_columns(raw, kept):
            self.same += 1
            return
        if self.write is None:
            self._begin()
        self.write(kept)

    def _begin(self) -> None:
        """Open the file, and bring in the pieces before, which are the same in both."""
        write = self.stack.enter_context(table_writer(self.path, self.schema))
        self.write = self.stack.enter_context(in_background(write))
        for _, piece in zip(range(self.same), read_pieces(self.read.path), strict=False):
            self.write(piece)

    def __exit__(self, kind, error, trace):
        if kind is None and self.write is None and self.types_differ:
            self._begin()  # a table without rows
        done = self.stack.__exit__(kind, error, trace)
        if kind is None and self.write is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.read.path.replace(self.path)
        return done
