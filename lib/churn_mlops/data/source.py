"""The tables of a source as data frames, for callers that want all of them in memory at once."""

from churn_mlops.config import Definition
from churn_mlops.data.sources import TABLE, locate, open_source

__all__ = ["TABLE", "load_tables", "locate"]


def load_tables(definition: Definition, source: str) -> dict:
    """The dataset's tables by name, as DataFrames; a CSV's values are still the text that stands in it."""
    return {name: table.to_pandas() for name, table in open_source(definition, source).tables.items()}
