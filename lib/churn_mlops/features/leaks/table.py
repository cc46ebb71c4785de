"""Each column alone against the target, before anything is trained."""

from pathlib import Path

from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.features.leaks import ranking
from churn_mlops.features.leaks.rows import Rows, take
from churn_mlops.features.leaks.suspicion import why_suspect

FILE = "leaks.parquet"


def leak_table(features, labels, dataset, seed: int = 0):
    """One row a column, the best first: how well it ranks alone, how often it is filled, and why it is a suspect.

    Parameters
    ----------
    features, labels : DataFrames, same rows in the same order: those to learn from.
    dataset : the definition's section, which names the keys.

    Returns
    -------
    DataFrame with `column`; `roc_auc`, of this column alone, out of fold, 0.5 to 1; where customers have several
    snapshots `roc_auc_later`, among those who stayed, for who left in the window of a later snapshot;
    `filled_left` and `filled_stayed`, shares of 0 to 1; and `suspect`, the reason, or nothing.

    """
    import pandas as pd

    rows = take(features, labels, dataset, seed)
    table = pd.DataFrame({"column": list(rows.columns), "roc_auc": _alone(rows)})
    if rows.later is not None:
        table["roc_auc_later"] = _later(rows)
    filled = rows.columns.notna()
    table["filled_left"], table["filled_stayed"] = (filled[rows.y == label].mean().to_numpy() for label in (1, 0))
    table["suspect"] = why_suspect(table, rows)
    return table.sort_values("roc_auc", ascending=False, kind="stable").reset_index(drop=True).round(4)


def _alone(rows: Rows) -> list[float]:
    return [ranking.rank_alone(bins, rows.y, rows.fold) for bins in rows.bins.values()]


def _later(rows: Rows) -> list[float]:
    waits = rows.y == 0
    return [ranking.rank_alone(bins[waits], rows.later[waits], rows.fold[waits]) for bins in rows.bins.values()]


def worst_first(table):
    """The suspects, then the others, each with the best first."""
    return table.assign(honest=table["suspect"] == "").sort_values("honest", kind="stable").drop(columns="honest")


def save_leaks(run_dir: str, table) -> None:
    """Keep the table, by which 045_judge names the column of a model that is too good."""
    write_table(Path(run_dir) / FILE, table)


def load_leaks(run_dir: str):
    """The table that 02_features has kept in this run."""
    return read_table(Path(run_dir) / FILE)


def strongest(table) -> dict:
    """What belongs on the run's page: the ROC AUC of the column that alone ranks best."""
    return {"strongest_column_roc_auc": float(table["roc_auc"].max())}
