"""Drift of a wide table: seconds and peak memory of all that looks at the inputs, in a process of its own.

Fifty columns: 40 numbers (some with ties, some with missing values) and 10 categories, a reference of twelve months
and as many rows of now. Columns: rows a side, seconds of the drift table and of the domain classifier, peak of resident
memory, that of the two tables alone, and the columns that moved (2 of 50 did). Aim: one million rows in under 10 s and
2 GB on two cores.

    python benchmarks/monitoring.py [--sizes 100000]
"""

import argparse
import json
import subprocess
import sys

SIZES = (100_000, 300_000, 1_000_000)
NUMBERS, CATEGORIES, MOVED = 40, 10, 2


def main() -> None:
    """Print a line a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return
    names = ("rows", "drift s", "domain s", "peak MB", "tables MB", "moved")
    print(" ".join(f"{name:>10}" for name in names))
    for rows in arguments.sizes:
        command = [sys.executable, __file__, "--one", str(rows)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(" ".join(f"{told[name]:>10,}" for name in names), flush=True)


def measure(rows: int) -> dict:
    """One size, in this process."""
    import resource
    import time

    import pandas as pd

    from churn_mlops.monitoring.domain import domain_drift
    from churn_mlops.monitoring.drift import drift_table

    before, now, signature = table(rows, 0), table(rows, 1), signed()
    now = now.assign(n0=now["n0"] + 1, c0="x1")
    dates = pd.Series(pd.date_range("2025-01-31", periods=12, freq="ME")).repeat(rows // 12 + 1)[:rows]
    dates = dates.reset_index(drop=True)
    held = sum(int(frame.memory_usage(deep=True).sum()) for frame in (before, now))
    start = time.perf_counter()
    moved = drift_table(before, now, signature, dates)
    middle = time.perf_counter()
    domain_drift(before, now, signature, dates)
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes on Linux
    return {
        "rows": rows,
        "drift s": round(middle - start, 2),
        "domain s": round(end - middle, 2),
        "peak MB": peak // 1024,
        "tables MB": held // 2**20,
        "moved": int((moved["verdict"] == "moved").sum()),
    }


def table(rows: int, seed: int):
    """A table of numbers and categories."""
    import numpy as np
    import pandas as pd

    rng, columns = np.random.default_rng(seed), {}
    for n in range(NUMBERS):
        values = rng.normal(size=rows) if n % 2 else rng.poisson(3, rows).astype(float)
        columns[f"n{n}"] = np.where(rng.random(rows) < 0.05, np.nan, values) if n % 4 == 0 else values
    levels = np.array([f"x{i}" for i in range(20)])
    for n in range(CATEGORIES):
        columns[f"c{n}"] = pd.array(levels[rng.integers(2 + n, size=rows)], dtype="str")
    return pd.DataFrame(columns)


def signed():
    """The signature of that table."""
    from churn_mlops.features.signature import Column, Signature

    numbers = (Column(f"n{n}", "number") for n in range(NUMBERS))
    categories = (Column(f"c{n}", "category", tuple(f"x{i}" for i in range(20))) for n in range(CATEGORIES))
    return Signature("id", "", (*numbers, *categories))


if __name__ == "__main__":
    main()
