"""What is known of a dataset when it has been opened: its tables, how they were read, and rows that were not."""

from dataclasses import dataclass, field

REJECTED = {"table": "str", "row": "int64", "reasons": "str", "values": "str"}  # as in the quarantine


def no_rows():
    """The rejected rows of a source that has none."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in REJECTED.items()})


@dataclass(frozen=True)
class Source:
    """The tables of a dataset by name, as expressions on the DuckDB of this process: nothing is loaded yet.

    Names of columns are trimmed. Values of a CSV file are the text that stands in it, missing where that is
    empty; those of Parquet files and databases have their types.
    """

    tables: dict  # name -> ibis.Table
    notes: tuple[str, ...] = ()  # what was found out, for readers: "delimiter ';'", "decimal comma"
    rejected: object = field(default_factory=no_rows)  # DataFrame of rows that could not be read into fields
    decimal: str = "."  # the decimal mark of numbers that are text


def file_rows(positions, rejected):
    """The rows' numbers in the file, from 1 without the header, of the rows at `positions` (from 0) of the table.

    Rows that were rejected are not in the table, but they were in the file, and count.
    """
    import numpy as np

    positions, gone = np.asarray(positions, dtype="int64"), np.sort(np.asarray(rejected["row"], dtype="int64"))
    before = np.searchsorted(gone - np.arange(1, len(gone) + 1), positions, side="right")
    return positions + 1 + before
