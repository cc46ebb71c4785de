"""Parquet of 30 columns through 01_data, executed as in a run: seconds, memory, and the ratio to a plain scan.

Three sizes. Memory is that of all processes of the run together, as in default_run.py. The plain scan is DuckDB reading
every value of the same file once, in a process of its own. The data has whole numbers, amounts with missing values,
texts, truths and dates, and a bad row in a hundred thousand, so that the table as read and as used are two files.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import default_run

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1_000_000, 3_000_000, 10_000_000)
PIECE = 250_000
DEFINITION = """
[dataset]
name = "wide"
source = "wide.parquet"
id = "id"
target = "left"
positive = "yes"
[columns]
amount_0 = {low = 0}
plan_0 = {values = ["basic", "plus", "premium", "family"]}
[money]
value_kept = 100
offer_cost = 5
success_rate = 0.2
"""
SCAN = """
import duckdb, sys
engine = duckdb.connect()
engine.execute("SET enable_progress_bar = false")
names = ['"' + row[0] + '"' for row in engine.execute(f"DESCRIBE SELECT * FROM '{sys.argv[1]}'").fetchall()]
engine.execute(f"SELECT {', '.join(f'min({n}), max({n}), count({n})' for n in names)} FROM '{sys.argv[1]}'").fetchall()
"""


def main() -> None:
    """Print a line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--clean", action="store_true", help="no bad row and no whole numbers: one file is stored")
    arguments = parser.parse_args()
    names = ("rows", "file MB", "scan s", "01_data s", "run s", "ratio", "peak MB", "set aside")
    print(" ".join(f"{name:>11}" for name in names))
    for rows in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(measure(Path(folder), rows, arguments.clean), flush=True)


def measure(folder: Path, rows: int, clean: bool) -> str:
    """One size: the file is made, scanned, and goes through the stage."""
    path, config = folder / "wide.parquet", folder / "wide.toml"
    make_file(path, rows, clean)
    config.write_text(DEFINITION)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", SCAN, str(path)], check=True)
    scan = time.perf_counter() - began
    command = [sys.executable, "pipeline.py", "--config", str(config), "--runs", f"{folder}/runs", "--to", "data"]
    began = time.perf_counter()
    peak, _ = default_run.watch(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL))
    whole = time.perf_counter() - began
    manifest = json.loads((folder / "runs" / "latest" / "manifest.json").read_text())
    stage, aside = manifest["stages"][0]["seconds"], manifest["data"]["rows_quarantined"]
    figures = (path.stat().st_size / 1e6, scan, stage, whole, stage / scan, peak)
    return " ".join([f"{rows:>11,}", *(f"{figure:>11.1f}" for figure in figures), f"{aside:>11,}"])


def make_file(path: Path, rows: int, clean: bool) -> None:
    """Write the table piece by piece; the same rows for the same number."""
    import numpy as np
    import pyarrow.parquet as pq

    writer = None
    for start in range(0, rows, PIECE):
        piece = make_piece(np.random.default_rng([7, start]), start, min(PIECE, rows - start), clean)
        writer = writer or pq.ParquetWriter(path, piece.schema)
        writer.write_table(piece)
    writer.close()


def make_piece(rng, start: int, rows: int, clean: bool):
    """30 columns: an id, 15 amounts, 6 whole numbers, 5 plans, a truth, a date and the target."""
    import numpy as np
    import pyarrow as pa

    columns = {"id": pa.array(np.char.add("C", np.char.zfill(np.arange(start, start + rows).astype(str), 8)))}
    for n in range(15):
        amount = rng.gamma(2, 30, rows) if n < 5 else rng.gamma(2, 30, rows).round(2)
        if not clean:
            amount = np.where(rng.random(rows) < 1e-5 * (n == 0), -1, amount)
        columns[f"amount_{n}"] = pa.array(amount, mask=rng.random(rows) < 0.05)
    for n in range(6):
        columns[f"count_{n}"] = pa.array(rng.poisson(20, rows), pa.float64() if clean else pa.int64())
    for n in range(5):
        columns[f"plan_{n}"] = pa.array(np.array(["basic", "plus", "premium", "family"])[rng.integers(0, 4, rows)])
    columns["reachable"] = pa.array(rng.random(rows) < 0.5)
    columns["since"] = pa.array((np.datetime64("2015-01-01") + rng.integers(0, 3000, rows)).astype("datetime64[us]"))
    columns["left"] = pa.array(np.array(["no", "yes"])[(rng.random(rows) < 0.1).astype(int)])
    return pa.table(columns)


if __name__ == "__main__":
    main()
