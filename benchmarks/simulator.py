"""What the simulator and its features cost: seconds, peak memory and rows at three sizes.

python benchmarks/simulator.py [SIZE ...]      each size in a process of its own, so that peaks do not mix
"""

import multiprocessing
import resource
import sys
import time

SIZES = (5_000, 20_000, 80_000)
COLUMNS = ("customers", "simulate s", "MB", "rows", "features s", "MB", "rows")


def measure(customers: int) -> tuple:
    """Seconds, peak resident memory and rows of the tables, then of the features at 25 snapshots."""
    import pandas as pd

    from churn_mlops.data.simulator import SimulatorSettings, simulate
    from churn_mlops.features.windows import build_features

    settings = SimulatorSettings(customers=customers)
    simulated, seconds = timed(simulate, settings)
    tables = (seconds, peak_mb(), sum(map(len, simulated.values())))
    snapshots = pd.date_range(settings.start, periods=settings.months + 1, freq="MS")[6:]
    features, seconds = timed(build_features, simulated, snapshots)
    return customers, *tables, seconds, peak_mb(), len(features)


def timed(function, *arguments):
    began = time.perf_counter()
    return function(*arguments), time.perf_counter() - began


def peak_mb() -> float:
    """Peak resident memory of this process so far; Linux counts in KB, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def main(sizes) -> None:
    print(" ".join(f"{column:>12}" for column in COLUMNS))
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            row = process.apply(measure, (size,))
        print(" ".join(f"{value:>12,.2f}" if isinstance(value, float) else f"{value:>12,}" for value in row))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or SIZES)
