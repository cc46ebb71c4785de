"""Replicates of a data set by drawing customers, not rows, with replacement.

A customer's months resemble each other; drawing rows would count them as independent news and make every
interval too narrow (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", ch. 8, for clusters).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

CELLS = 200_000  # weights held at a time: what stays in a processor's cache is several times faster


def customer_codes(customers, rows: int) -> np.ndarray:
    """Each row's customer as a number from 0; without customers every row is one."""
    return np.arange(rows) if customers is None else pd.factorize(np.asarray(customers))[0]


def replicate_weights(codes: np.ndarray, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """Blocks of weights, shape (some replicates, rows): how often each row's customer was drawn.

    The draws depend on the seed and the number of customers alone, not on the order of the rows, so that
    two models can be compared on each.
    """
    rng = np.random.default_rng(seed)
    count = int(codes.max()) + 1
    block = max(1, CELLS // len(codes))
    for start in range(0, replicates, block):
        drawn = [
            np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(min(block, replicates - start))
        ]
        yield np.asarray(drawn, dtype=float)[:, codes]


def replicate_sums(parts: np.ndarray, codes: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """The sums of each column of `parts`, shape (rows, columns), in each replicate: the same draws as elsewhere."""
    blocks = [weights @ parts for weights in replicate_weights(codes, replicates, seed)]
    return np.concatenate(blocks) if blocks else np.zeros((0, parts.shape[1]))


def interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval of the replicates; those in which the metric does not exist (NaN) are left out."""
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    return tuple(float(bound) for bound in np.quantile(values, [tail, 1 - tail]))
