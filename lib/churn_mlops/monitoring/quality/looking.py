"""All checks of the months together, and the table in which 02_features hands them on."""

from pathlib import Path

from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.monitoring.quality.judging import ODD, UNKNOWN, Limits, judge
from churn_mlops.monitoring.quality.rows import Months

FILE = "quality.parquet"
COLUMNS = ["check", "what", "month", "value", "usual", "low", "high"]  # of a finding


def check_months(months: Months | None, limits: Limits | None = None, known: str = ""):
    """One row for each thing looked at in a month: `value` beside what is `usual`, from `low` to `high`; the `verdict`.

    Empty where rows have no dates: then there are no months that could be held against each other. `known` as for
    `judge`.
    """
    import pandas as pd

    from churn_mlops.monitoring.quality.columns import check_columns
    from churn_mlops.monitoring.quality.copies import check_copies
    from churn_mlops.monitoring.quality.labels import check_labels
    from churn_mlops.monitoring.quality.segments import check_segments

    checks = (check_labels, check_columns, check_copies, check_segments) if months else ()
    found = [record for check in checks for record in check(months)]
    return judge(pd.DataFrame(found, columns=COLUMNS), limits or Limits(), known)


def strangest(table, rows: int = 10):
    """What is odd, first; then what comes nearest to its limit."""
    order = table.assign(odd=table["verdict"] == ODD, near=table["excess"] / table["limit"])
    order = order[order["verdict"] != UNKNOWN].sort_values(["odd", "near"], ascending=False, kind="stable")
    return order.drop(columns=["odd", "near"]).head(rows)


def save_quality(run_dir: str, table) -> None:
    """Keep the table, by which 045_judge holds a promotion back."""
    write_table(Path(run_dir) / FILE, table)


def load_quality(run_dir: str):
    """The table that 02_features has kept in this run."""
    return read_table(Path(run_dir) / FILE)
