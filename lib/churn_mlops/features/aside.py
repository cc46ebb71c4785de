"""Columns that are looked at and not learned from: sensitive ones, and those whose slices were asked for.

A model may not see a column and treat its groups differently all the same, by what goes with it. So the values of the
test rows, and of no others, are kept beside the features in a file that no model reads.
"""

from pathlib import Path

from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.config import Definition, nearest
from churn_mlops.errors import ConfigError, DataError
from churn_mlops.features.split import TEST

FILE = "aside.parquet"


def looked_at(definition: Definition) -> list[str]:
    """The columns that the definition marks as sensitive or names for slices."""
    return list(dict.fromkeys([*definition.sensitive, *definition.dataset.slices]))


def take_aside(definition: Definition, table):
    """Keys and looked-at columns of a table, with the values that readers know; ConfigError for one it lacks."""
    dataset, names = definition.dataset, looked_at(definition)
    unknown = [name for name in names if name not in table]
    if unknown:
        told = ", ".join(f"`{name}`{nearest(name, table.columns)}" for name in unknown)
        raise ConfigError(f"`sensitive` in [columns], or `slices`, names no column there is: {told}. Cure: correct it.")
    keys = [dataset.id] + [dataset.snapshot_date] * bool(dataset.snapshot_date)
    return table[keys + names].reset_index(drop=True)


def save_aside(run_dir: str, aside, labels) -> None:
    """Write the rows of the test part; `aside` and `labels` have the same rows in the same order."""
    part = (labels["split"] == TEST).to_numpy()
    write_table(Path(run_dir) / FILE, aside[part].reset_index(drop=True))


def load_aside(run_dir: str, examples):
    """The looked-at columns of the test rows; raises DataError where they are not of these rows in this order."""
    aside = read_table(Path(run_dir) / FILE)
    id = examples.customers.name
    if len(aside) != len(examples) or not (aside[id].to_numpy() == examples.customers.to_numpy()).all():
        raise DataError(f"{FILE}: its rows are not those of the test part. Cure: run 02_features again.")
    keys = [id] + ([] if examples.dates is None else [examples.dates.name])
    return aside.drop(columns=keys)
