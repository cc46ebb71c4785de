"""What a month's figure is expected to be, by the months before it: a random-effects prediction interval.

The variance between months is that of DerSimonian and Laird (1986, "Meta-analysis in clinical trials"); the interval
for one more month is that of Higgins, Thompson and Spiegelhalter (2009, "A re-evaluation of random-effects
meta-analysis"). A month is held against earlier ones only, so that the first of several spoilt months meets a past
that is clean.
"""

import numpy as np

FEWEST = 4  # months before one that can be judged: of fewer nobody knows how months differ
FALSE_ALARM = 0.01  # chance that a check finds too little, or too much, in any of the months where nothing is wrong


def usual(values, errors, comparisons: int = 1) -> np.ndarray:
    """For each month (expected, low, high) by those before it; NaN where there are fewer than FEWEST.

    `values` with their standard errors `errors`, oldest first, NaN where a month has none; `comparisons` is the number
    of such series that are looked at together, over which, and over months, the chance of a false alarm is divided.
    """
    from scipy.special import stdtrit

    values, errors = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    found = np.full((len(values), 3), np.nan)
    tested = max(int(np.isfinite(values).sum()) - FEWEST, 1)
    for i in range(len(values)):
        known = np.isfinite(values[:i]) & np.isfinite(errors[:i])
        if known.sum() < FEWEST or not np.isfinite(values[i]):
            continue
        middle, variance = _pooled(values[:i][known], errors[:i][known])
        wide = -stdtrit(known.sum() - 1, FALSE_ALARM / (tested * comparisons))
        reach = wide * np.sqrt(variance + errors[i] ** 2)
        found[i] = middle, middle - reach, middle + reach
    return found


def _pooled(values, errors) -> tuple[float, float]:
    """The mean of months, and the variance of one more month around it but for that month's own error."""
    weights = 1 / np.maximum(errors, 1e-9) ** 2
    mean = weights @ values / weights.sum()
    excess = weights @ (values - mean) ** 2 - (len(values) - 1)
    between = max(excess / (weights.sum() - (weights**2).sum() / weights.sum()), 0.0)
    weights = 1 / (np.maximum(errors, 1e-9) ** 2 + between)
    return float(weights @ values / weights.sum()), float(between + 1 / weights.sum())


def share_records(check: str, what: str, months, found: np.ndarray, comparisons: int) -> list[dict]:
    """A record a month: the share of its rows that were `found`, beside what is usual."""
    rows = np.bincount(months.month)
    share = np.bincount(months.month, weights=found) / rows
    some = (share * rows + 0.5) / (rows + 1)  # of none, or of all, the error is not nothing
    bounds = np.clip(usual(share, np.sqrt(some * (1 - some) / rows), comparisons), 0, 1)
    return [record(check, what, *told) for told in zip(months.names, share, bounds, strict=True)]


def record(check: str, what: str, month: str, value: float, bounds) -> dict:
    """A line of the findings: what was seen in a month, and what is usual."""
    middle, low, high = (float(bound) for bound in bounds)
    return {
        "check": check,
        "what": what,
        "month": month,
        "value": float(value),
        "usual": middle,
        "low": low,
        "high": high,
    }
