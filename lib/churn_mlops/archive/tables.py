"""Tables on disk: Parquet whose bytes depend on the content alone."""

from pathlib import Path

from churn_mlops.archive.files import write_bytes
from churn_mlops.errors import DataError


def write_table(path: Path, frame) -> None:
    """Write a DataFrame as Parquet: the same frame gives the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_bytes(path, sink.getvalue().to_pybytes())


def read_table(path: Path, columns: list[str] | None = None):
    """Read a Parquet file that a stage wrote, as a DataFrame."""
    import pandas as pd

    if not Path(path).exists():
        raise DataError(f"{path}: not there yet. Cure: run the stages before this one, in order, from 01.")
    return pd.read_parquet(path, columns=columns)
