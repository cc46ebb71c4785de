"""Do columns still mean what they meant? Another unit, a part of the rows in another unit, values that stay away.

Another unit multiplies a whole column by one factor and leaves its shape as it was; a change in customers bends the
shape. So a factor is told only where, divided by it, the month looks like those before.
"""

import numpy as np

from churn_mlops.monitoring.bins import as_floats
from churn_mlops.monitoring.quality.rows import Months
from churn_mlops.monitoring.quality.usual import record, share_records, usual

FACTOR, REACH, MISSING = "columns: factor", "columns: reach", "columns: missing"
SAMPLE = 4_000  # values of the months before that a month is held against, at most
QUANTILES = np.linspace(0.05, 0.95, 19)
ALIKE = 0.1  # Kolmogorov-Smirnov distance up to which two months have one shape
FAR_SHARE, FAR_ROWS = 0.005, 15  # of a month's values: so many at least lie as far out as is told
FEW = 50  # values other than zero, below which nothing is told; zeros have no unit
NOISE = 0.1  # of the logarithm of a factor: so much of it is nothing
ERROR = 0.03  # standard error of such a logarithm, about, where a month has FEW values
PART = 1.5  # times as large as before the median may be where a part of the values only lies far out


def check_columns(months: Months) -> list[dict]:
    """Records by column and month: the factor of its values, how far they reach, and the share that is missing."""
    columns = len(months.signature.columns)
    found = [_missing(months, name, columns) for name in months.signature.names]
    found += [_factors(months, name, columns) for name in months.signature.of_kind("number")]
    return [record for records in found for record in records]


def _missing(months: Months, name: str, columns: int) -> list[dict]:
    from churn_mlops.features.signature import MISSING as GAP

    column = months.X[name]
    return share_records(MISSING, name, months, (column.isna() | (column == GAP)).to_numpy(), columns)


def _factors(months: Months, name: str, columns: int) -> list[dict]:
    """By which factor a month's values differ from those before, 1 for none, and how far out some of them lie."""
    values = as_floats(months.X[name])
    rng, before, most, found = np.random.default_rng(0), np.empty(0), 0.0, []
    for place in range(len(months.names)):
        now = values[months.of(place)]
        now = now[np.isfinite(now) & (now != 0)]
        told = min(len(now), len(before)) >= FEW
        found.append((_factor(now, before), _reach(now, before, most)) if told else (np.nan, np.nan))
        most = max(most, np.abs(now).max(initial=0))
        before = np.concatenate([before, now])
        before = rng.choice(before, SAMPLE, replace=False) if len(before) > SAMPLE else before
    return [
        record(check, name, month, value, np.exp(bound))
        for check, logs in zip((FACTOR, REACH), np.log(np.array(found)).T, strict=True)
        for month, value, bound in zip(months.names, np.exp(logs), usual(logs, logs * 0 + ERROR, columns), strict=True)
    ]


def _factor(now: np.ndarray, before: np.ndarray) -> float:
    """The one factor between two sets of values; 1 where none explains the difference."""
    factor = float(np.median(_quantiles(now) / _quantiles(before)))
    if abs(np.log(factor)) < NOISE:
        return factor
    return factor if _distance(now / factor, before) <= min(ALIKE, _distance(now, before) / 2) else 1.0


def _reach(now: np.ndarray, before: np.ndarray, most: float) -> float:
    """How many times as far as ever before a part of the values lies from zero; 1 where it is not a part only."""
    place = -max(int(np.ceil(FAR_SHARE * len(now))), FAR_ROWS)
    far = np.partition(np.abs(now), place)[place]
    ordinary = np.median(np.abs(now)) / np.median(np.abs(before))
    return float(max(far / most, 1.0)) if ordinary <= PART else 1.0


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Sizes at QUANTILES, without interpolation."""
    return np.sort(np.abs(values))[(QUANTILES * (len(values) - 1)).astype(int)]


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Kolmogorov-Smirnov: the largest gap between two distribution functions; equal within a millionth is equal."""
    one, other = (np.sort(np.round(values, _digits(other))) for values in (one, other))
    both = np.concatenate([one, other])
    below = (np.searchsorted(values, both, side="right") / len(values) for values in (one, other))
    return float(np.abs(np.subtract(*below)).max())


def _digits(values: np.ndarray) -> int:
    return 6 - int(np.floor(np.log10(np.median(np.abs(values)))))
