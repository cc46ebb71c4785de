"""Rows that stand in a table more than once: found over the whole of it by DuckDB, which spills where memory ends.

First only hashes of the keys are compared. Where each occurs once, as is usual, that is all; otherwise the rows whose
hash occurs again are looked at in full.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from churn_mlops.data.contract import SAME, Contract
from churn_mlops.data.engine import connect


@dataclass(frozen=True)
class Repeats:
    """Positions (from 0, ascending) of rows to set aside, why, and the row that each is the same as."""

    rows: object
    whys: object  # 0: the same as an earlier row, 1: another row of the same key, 2: not of one mind about the target
    firsts: object

    def reasons(self, contract: Contract, start: int, end: int, number) -> list[tuple[int, str]]:
        """Position within the piece from `start` to `end`, and reason; `number` gives a row's number in the file."""
        import numpy as np

        low, high = np.searchsorted(self.rows, (start, end))
        return [
            (int(self.rows[at]) - start, self._told(contract, int(self.whys[at]), int(self.firsts[at]), number))
            for at in range(low, high)
        ]

    @staticmethod
    def _told(contract: Contract, why: int, first: int, number) -> str:
        key = " and ".join(contract.unique)
        if why == 0:
            return f"{SAME} {number(first)}"
        if why == 1:
            return f"a second row for the same {key}"
        return f"another row for the same {key} has another {contract.target}: which is right is not known"


def find_repeats(pieces, contract: Contract) -> Repeats | None:
    """What to set aside for standing there again; `pieces(columns)` gives the cleaned and the converted rows."""
    keys = contract.unique or (tuple(contract.rules) if contract.whole else ())
    if not keys:
        return None
    again = _hashes_that_return(pieces, keys, contract.whole)
    return _looked_at(pieces, contract, keys, again) if len(again) else None


def _hashes_that_return(pieces, keys, whole: bool):
    """The rows, as positions, whose key's hash occurs again; a key of which a part is missing repeats nothing."""

    def numbered():
        start = 0
        for _, kept in pieces(keys):
            columns = [_row_numbers(start, kept), *(kept.column(key) for key in keys)]
            yield pa.RecordBatch.from_arrays(columns, names=["row", *names])
            start += kept.num_rows

    import pyarrow as pa

    names = [f"key{place}" for place in range(len(keys))]
    known = "" if whole else "WHERE " + " AND ".join(f"{name} IS NOT NULL" for name in names)
    with _table_of(numbered(), f"row, hash({', '.join(names)}) AS key", known) as name:
        again = f'SELECT key FROM "{name}" GROUP BY key HAVING count(*) > 1'
        query = f'SELECT row FROM "{name}" WHERE key IN ({again}) ORDER BY row'
        return connect().con.execute(query).fetchnumpy()["row"]


@contextmanager
def _table_of(batches, columns: str, condition: str = ""):
    """The name of a DuckDB table of these rows, for the block."""
    import pyarrow as pa
    from ibis.util import gen_name

    first = next(batches)
    name, engine = gen_name("repeats"), connect().con
    rows = pa.RecordBatchReader.from_batches(first.schema, chain([first], batches))
    engine.register(f"{name}_rows", rows)
    engine.execute(f'CREATE TABLE "{name}" AS SELECT {columns} FROM "{name}_rows" {condition}')
    engine.unregister(f"{name}_rows")
    try:
        yield name
    finally:
        engine.execute(f'DROP TABLE "{name}"')


def _looked_at(pieces, contract: Contract, keys, again) -> Repeats:
    """The repeats among rows whose hashes return: exact keys, the target, and the hash of the whole row."""
    import pyarrow as pa

    kinds = pa.schema([("row", pa.int64()), ("key", pa.string()), ("target", pa.string()), ("content", pa.uint64())])

    def wanted():
        start = 0
        for cleaned, kept in pieces(None):
            own = again[(again >= start) & (again < start + kept.num_rows)] - start
            if len(own):
                yield _candidates(
                    cleaned.take(pa.array(own)), kept.take(pa.array(own)), own + start, contract, keys, kinds
                )
            start += kept.num_rows

    query = """
        SELECT row, same, first, least IS DISTINCT FROM most AS differ FROM (
            SELECT row, min(row) OVER (PARTITION BY key, content) AS same, min(row) OVER (PARTITION BY key) AS first,
                   min(target) OVER (PARTITION BY key) AS least, max(target) OVER (PARTITION BY key) AS most
            FROM "{name}") WHERE row <> first OR differ ORDER BY row"""
    with _table_of(wanted(), "*") as name:
        found = connect().con.execute(query.format(name=name)).fetchnumpy()
    return _sorted_out(found)


def _sorted_out(found) -> Repeats:
    import numpy as np

    whys = np.where(found["differ"], 2, np.where(found["same"] < found["row"], 0, 1)).astype("int8")
    firsts = np.where(whys == 0, found["same"], found["first"])
    return Repeats(found["row"], whys, firsts)


def _candidates(cleaned, kept, rows, contract: Contract, keys, schema):
    import pyarrow as pa
    from pandas.util import hash_pandas_object

    target = kept.column(contract.target).to_pandas() if contract.target else [None] * len(rows)
    content = hash_pandas_object(cleaned.to_pandas().astype("str"), index=False).to_numpy()
    exact = [str(key) for key in kept.select(keys).to_pylist()] if not contract.whole else content.astype(str)
    columns = [pa.array(rows), pa.array(exact, pa.string()), pa.array(target, pa.string(), from_pandas=True)]
    return pa.RecordBatch.from_arrays([*columns, pa.array(content)], schema=schema)


def _row_numbers(start: int, piece):
    import numpy as np
    import pyarrow as pa

    return pa.array(np.arange(start, start + piece.num_rows))
