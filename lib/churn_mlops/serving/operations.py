"""What the service did day by day, from the prediction log, for monitoring."""

from datetime import timedelta
from pathlib import Path

import pandas as pd

from churn_mlops.archive.moment import present
from churn_mlops.config import Definition
from churn_mlops.monitoring.service import COLUMNS, DAYS, Service, judge_service
from churn_mlops.serving.log.activity import log_files

_BY_DAY = """
    SELECT strftime("at" AT TIME ZONE 'UTC', '%Y-%m-%d') AS day, count(*), count(DISTINCT customer),
           avg((decision = 'contact')::INT), avg(probability) FILTER (WHERE NOT isnan(probability)),
           1000 * median(seconds), 1000 * quantile_cont(seconds, 0.95),
           count(*) FILTER (WHERE probability IS NULL OR isnan(probability)), string_agg(DISTINCT version, ', ')
    FROM logged WHERE role = 'champion' GROUP BY day ORDER BY day
"""


def service_days(run_dir: str, runs_dir: str, definition: Definition) -> pd.DataFrame:
    """One row a day on which the champion answered (`service.COLUMNS`), oldest first, of the last DAYS.

    None in a run that makes a model, which has to come out the same whenever it is made again, nor in one that looks
    back: the log's days are those of the calendar, not of the data.
    """
    now = present()
    if definition.as_of or (Path(run_dir) / "model.json").is_file():
        return pd.DataFrame(columns=COLUMNS)
    files = log_files(Path(runs_dir), definition.dataset.name, now - timedelta(days=DAYS - 1), now)
    if not files:
        return pd.DataFrame(columns=COLUMNS)
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("SET TimeZone = 'UTC'")
        connection.read_parquet(files).create_view("logged")
        return pd.DataFrame(connection.execute(_BY_DAY).fetchall(), columns=COLUMNS)


def judge(days: pd.DataFrame) -> Service:
    """How the service does by its log, today."""
    return judge_service(days, f"{present():%Y-%m-%d}")
