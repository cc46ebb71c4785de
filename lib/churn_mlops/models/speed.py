"""How fast a model answers: one customer at a time, as a service is asked, and many at once, as a list is made."""

from time import process_time

import numpy as np
import pandas as pd

from churn_mlops.models.threads import fixed_threads

ALONE, TOGETHER = 20, 20_000  # rows scored one by one, and at most at once


def measure_speed(predictor, X) -> dict[str, float]:
    """`p50_ms` and `p95_ms` of one row, from raw row to probability, and `rows_per_s` of many.

    In processor time, which hardly depends on what else the machine does; on an idle one it is the time to wait for.
    It is that of this machine: good to see an order of magnitude, and no two times are the same.
    """
    rows = [X.iloc[[place % len(X)]] for place in range(ALONE + 1)]
    with fixed_threads(rows=1):  # as a service that answers many at a time would; threads that wait would count, too
        alone = [_seconds(predictor, row) for row in rows][1:]  # the first one also loads and compiles
    many = X.head(TOGETHER)
    with fixed_threads(len(many)):
        pace = len(many) / _seconds(predictor, many)
    p50, p95 = np.quantile(alone, [0.5, 0.95]) * 1000
    return {"p50_ms": float(p50), "p95_ms": float(p95), "rows_per_s": pace}


def speed_table(speed: dict[str, float], size_mb: float) -> pd.DataFrame:
    """What was measured, for readers."""
    told = {
        "one customer, ms (median)": speed["p50_ms"],
        "one customer, ms (19 of 20 are faster)": speed["p95_ms"],
        "customers a second, many at once": speed["rows_per_s"],
        "model file, MB": size_mb,
    }
    return pd.DataFrame({"measured": list(told), "value": [float(f"{value:.3g}") for value in told.values()]})


def _seconds(predictor, X) -> float:
    start = process_time()
    predictor.predict(X)
    return process_time() - start
