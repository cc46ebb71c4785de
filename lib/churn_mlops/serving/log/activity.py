"""What the log shows: predictions over time, how their probabilities spread, and the shadow beside the champion."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from churn_mlops.serving.log.files import log_folder

SHADOW = ("version", "rows", "mean", "champion_mean", "mean_difference", "decided_otherwise")
DAYS = 14  # that are looked at
BANDS = 20  # of probability

OVER_TIME = """
    SELECT epoch_us("at") // 3600000000 * 3600 AS hour, version, count(*), avg(probability),
           avg((decision = 'contact')::INT)
    FROM logged WHERE role = 'champion' GROUP BY ALL ORDER BY ALL
"""
SPREAD = f"""
    SELECT least({BANDS} - 1, floor(probability * {BANDS}))::INT AS band, count(*)
    FROM logged WHERE role = 'champion' GROUP BY ALL ORDER BY ALL
"""
BESIDE = """
    SELECT shadow.version, count(*), avg(shadow.probability), avg(champion.probability),
           avg(abs(shadow.probability - champion.probability)), avg((shadow.decision <> champion.decision)::INT)
    FROM logged AS shadow JOIN logged AS champion ON shadow.id = champion.id
    WHERE shadow.role = 'shadow' AND champion.role = 'champion' GROUP BY ALL ORDER BY ALL
"""


def describe_activity(runs: Path, dataset: str, now: datetime | None = None) -> dict:
    """The last days of the log: by hour and version, by band of probability, and each shadow with its champion."""
    hours, spread, beside = _asked(runs, dataset, now, OVER_TIME, SPREAD, BESIDE)
    bands = [0] * BANDS
    for band, count in spread:
        bands[band] = count
    return {
        "days": DAYS,
        "hours": _named(("at", "version", "predictions", "mean_probability", "share_contacted"), hours),
        "bands": bands,
        "shadows": _named(SHADOW, beside),
    }


def compare_shadows(runs: Path, dataset: str, now: datetime | None = None) -> list[dict]:
    """Each shadow of the last days beside the champion, on the rows that both were asked."""
    return _named(SHADOW, *_asked(runs, dataset, now, BESIDE))


def _asked(runs: Path, dataset: str, now: datetime | None, *queries: str) -> list[list[tuple]]:
    """What each query says of the last days."""
    now = now or datetime.now(UTC)
    files = log_files(runs, dataset, now - timedelta(days=DAYS - 1), now)
    if not files:
        return [[] for _ in queries]
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("SET memory_limit = '500MB'")
        connection.read_parquet(files).create_view("logged")
        return [connection.execute(query).fetchall() for query in queries]


def log_files(runs: Path, dataset: str, first: datetime, last: datetime) -> list[str]:
    """The files of the days from `first` to `last`."""
    folder = log_folder(runs, dataset)
    days = [
        path for path in sorted(folder.glob("????-??-??")) if f"{first:%Y-%m-%d}" <= path.name <= f"{last:%Y-%m-%d}"
    ]
    return [str(path) for day in days for path in sorted(day.glob("[!.]*.parquet"))]


def _named(names, rows) -> list[dict]:
    return [dict(zip(names, row, strict=True)) for row in rows]
