"""Small tables through the real doors: stored, held against a contract, and read again."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from churn_mlops.data import contract as contracts
from churn_mlops.data.checking import check_tables, read_tables
from churn_mlops.data.deciding import decide_kinds
from churn_mlops.data.engine import stored
from churn_mlops.data.sources import Source


def texts(**columns):
    """A table as a CSV gives it: every value is text, or missing."""
    return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})


def apply_contract(frame, contract):
    """What becomes of a table's rows: those kept and those set aside, as DataFrames."""
    source = Source({contract.table: stored(frame)})
    with TemporaryDirectory() as folder:
        checked = check_tables(folder, [contract], read_tables(folder, source), source.rejected)
        kept = pd.read_parquet(checked.used[contract.table].path)
        return kept, pd.read_parquet(Path(folder) / "quarantine.parquet")


def contract_for(definition, frame, name="table", today=None):
    """The contract of a table."""
    return contracts.make_contract(definition, name, stored(frame), frame, today=today)


def guess_kind(column, decimal="."):
    """What the values of a column show."""
    frame = column.to_frame("x")
    return decide_kinds(stored(frame), frame, {}, decimal, "d.csv")["x"].kind
