"""What a log of events costs on its way to monthly snapshots: seconds, peak memory, and the ratio to a plain scan.

python benchmarks/events.py [LINES ...]      each size in processes of its own, so that peaks do not mix
"""

import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from simulator import peak_mb, timed

SIZES = (5_000_000, 15_000_000, 50_000_000)
COLUMNS = ("lines", "file MB", "scan s", "seconds", "ratio", "peak MB", "spilled MB", "snapshots", "rows")
LINES_AN_ORDER, LINES_A_CUSTOMER, DAYS = 10, 100, 730


def make_log(lines: int, path: str) -> None:
    """A shop's lines over two years, in the order of time: 2% are taken back."""
    import duckdb

    orders, customers = lines // LINES_AN_ORDER, lines // LINES_A_CUSTOMER
    duckdb.sql(f"""
        COPY (
            SELECT 'c' || (floor(pow((hash(n) % 1000003) / 1000003.0, 2) * {customers}))::BIGINT AS customer,
                   (CASE WHEN hash(n + 7) % 50 = 0 THEN 'C' ELSE '' END) || n AS "order",
                   TIMESTAMP '2024-01-01' + to_seconds(floor(n * {DAYS} * 86400.0 / {orders})) AS moment,
                   'i' || (hash(n * 31 + line) % 5000) AS item,
                   1.0 + hash(n * 17 + line) % 12 AS quantity,
                   round(0.5 + (hash(n * 13 + line) % 4000) / 100.0, 2) AS price
            FROM range({orders}) orders(n), range({LINES_AN_ORDER}) lines(line)
        ) TO '{path}' (FORMAT parquet)
    """)


def scan(path: str) -> float:
    """Seconds that DuckDB takes to read every value of the file once."""
    import duckdb

    texts = ", ".join(f"sum(strlen({column}))" for column in ("customer", '"order"', "item"))
    return timed(duckdb.execute, f"SELECT {texts}, sum(epoch_us(moment)), sum(quantity * price) FROM '{path}'")[1]


def build(path: str) -> tuple:
    """Seconds, peak resident memory, what was spilled, snapshots and rows of features, labels and active customers."""
    from churn_mlops.config import Dataset, Definition, Events, Money
    from churn_mlops.data.engine import connect
    from churn_mlops.features.events import build_events

    events = Events("moment", quantity="quantity", price="price", order="order", item="item", cancelled_prefix="C")
    dataset = Dataset("log", "log.parquet", id="customer", snapshot_date="snapshot_date", horizon_days=90)
    definition = Definition(dataset, Money(100, 5, 0.2), events=events)
    (features, _, active), seconds = timed(build_events, definition, connect().read_parquet(path))
    return seconds, peak_mb(), features["snapshot_date"].nunique() + 1, len(features) + len(active)


def spilled(path: Path, stop, most) -> None:
    """The most megabytes that stood in a folder, looked at ten times a second."""
    while not stop.wait(0.1):
        sizes = 0
        for file in path.rglob("*"):
            try:
                sizes += file.stat().st_blocks * 512
            except OSError:
                continue  # it is gone
        most.value = max(most.value, sizes / 1e6)


def measure(lines: int) -> tuple:
    """One size, its log made and removed."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="churn-events-") as folder:
        path, scratch = Path(folder) / "log.parquet", Path(folder) / "scratch"
        scratch.mkdir()
        in_child(context, make_log, lines, str(path))
        scanned = min(in_child(context, scan, str(path)) for _ in range(2))
        stop, most = context.Event(), context.Value("d", 0.0)
        watcher = context.Process(target=spilled, args=(scratch, stop, most))
        watcher.start()
        with context.Pool(1, initializer=spill_to, initargs=(str(scratch),)) as process:
            seconds, peak, snapshots, rows = process.apply(build, (str(path),))
        stop.set()
        watcher.join()
        return lines, path.stat().st_size / 1e6, scanned, seconds, seconds / scanned, peak, most.value, snapshots, rows


def in_child(context, function, *arguments):
    with context.Pool(1) as process:
        return process.apply(function, arguments)


def spill_to(folder: str) -> None:
    """Where the library's temporary files of this process go."""
    tempfile.tempdir = folder


def main(sizes) -> None:
    print(" ".join(f"{column:>11}" for column in COLUMNS))
    for size in sizes:
        row = measure(size)
        print(
            " ".join(f"{value:>11,.1f}" if isinstance(value, float) else f"{value:>11,}" for value in row), flush=True
        )


if __name__ == "__main__":
    began = time.perf_counter()
    main([int(argument) for argument in sys.argv[1:]] or SIZES)
    print(f"{time.perf_counter() - began:.0f} s in all")
