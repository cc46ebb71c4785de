"""Tables on disk: Parquet whose bytes depend on the content alone."""

from contextlib import contextmanager
from pathlib import Path

from churn_mlops.archive.files import writing
from churn_mlops.archive.parsing import understood
from churn_mlops.errors import DataError

GROUP_ROWS = 1 << 17  # of a row group: fixed, because the bytes of a file depend on it


def write_table(path: Path, frame) -> None:
    """Write a DataFrame as Parquet: the same frame gives the same bytes."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    with table_writer(path, table.schema) as write:
        write(table)


@contextmanager
def table_writer(path: Path, schema, told: dict[str, str] | None = None):
    """A function that takes the next rows of a table, in pieces of any size, and writes it as `write_table` does.

    `told` goes into the file as its key-value metadata. The file stands at `path` when the block has ended well, and
    not at all when it has not.
    """
    import pyarrow.parquet as pq

    schema = stored_schema(schema)
    with writing(path) as file, pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) as writer:
        groups = Regrouped(schema, lambda group: writer.write_table(group, row_group_size=GROUP_ROWS))
        yield groups.add
        groups.finish()
        if told:
            writer.add_key_value_metadata(told)


def stored_schema(schema):
    """The columns with one type for all texts, however they are held in memory, and without what pandas notes."""
    import pyarrow as pa

    def plain(kind):
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return pa.string() if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) else kind

    return pa.schema([(field.name, plain(field.type)) for field in schema])


class Regrouped:
    """Rows that come in pieces of any size and leave in groups of GROUP_ROWS; the last may have fewer."""

    def __init__(self, schema, take):
        self.schema, self.take, self.rest, self.rows = schema, take, [], 0

    def add(self, piece) -> None:
        """Take in a RecordBatch or Table."""
        import pyarrow as pa

        piece = pa.Table.from_batches([piece]) if isinstance(piece, pa.RecordBatch) else piece
        self.rest += piece.cast(self.schema).to_batches()
        self.rows += piece.num_rows
        while self.rows >= GROUP_ROWS:
            table = pa.Table.from_batches(self.rest, self.schema)
            self.take(table.slice(0, GROUP_ROWS))
            self.rest = table.slice(GROUP_ROWS).to_batches()
            self.rows -= GROUP_ROWS

    def finish(self) -> None:
        """Let the rest go."""
        import pyarrow as pa

        if self.rows:
            self.take(pa.Table.from_batches(self.rest, self.schema))


def read_table(path: Path, columns: list[str] | None = None):
    """Read a Parquet file that a stage wrote, as a DataFrame."""
    import pandas as pd

    if not Path(path).exists():
        raise DataError(f"{path}: not there yet. Cure: run the stages before this one, in order, from 01.")
    with _a_table(path):
        return pd.read_parquet(path, columns=columns)


def read_pieces(path: Path, columns: list[str] | None = None):
    """The rows of a stored table as RecordBatches of at most GROUP_ROWS, one after the other."""
    import pyarrow.parquet as pq

    with _a_table(path), pq.ParquetFile(path) as file:
        yield from file.iter_batches(GROUP_ROWS, columns=columns)


@contextmanager
def _a_table(path: Path):
    """Arrow's errors are of many kinds, some of them ValueErrors and some OSErrors without a number."""
    with understood(path, "expected a table as Parquet"):
        try:
            yield
        except OSError as error:
            if error.errno is not None:  # of the disk, not of what is on it
                raise
            raise ValueError(error) from None
        except (NotImplementedError, MemoryError) as error:
            raise ValueError(error) from None
