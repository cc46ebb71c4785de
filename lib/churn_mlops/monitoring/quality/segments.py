"""Is there a group of customers that was not there before, and that leaves as nobody like them does?

Two kinds are found: a level of a category that is new, and rows that are unusually alike, which the number of pairs
shows. What such rows do is held against what a probe expects of them that has learned from all the others. A new market
passes: its customers leave about as often as others of their age, price and use.
"""

from itertools import islice

import numpy as np

from churn_mlops.features.signature import MISSING
from churn_mlops.monitoring.quality.rows import Months, expect
from churn_mlops.monitoring.quality.usual import FEWEST, record, usual

SEGMENTS = "segments"
NEW_SHARE, BEFORE_SHARE = 0.005, 0.001  # of a month's rows that a new level has, and of months before at most
SMALLEST = 30  # rows of a segment that are judged
LOOKED_AT = 5  # segments that are judged, the largest: each takes a probe
BINS = 8  # of a number
TELLING = 0.5  # share of pairs that agree in a column by chance, up to which that says something
ALIKE = 0.8  # share of such columns in which two rows agree that count as a pair
MEMBER, NEAR = 0.65, 0.5  # the same of a segment's rows with its middle, and of those that no probe may learn from
FEWEST_COLUMNS = 5
COMPARED = 1_000  # rows of a month, each with each
SURE = 0.001  # chance that the interval misses what a segment does, on either side


def check_segments(months: Months) -> list[dict]:
    """A record for each new segment: leavers for each that was expected; `low` and `high` are that figure's own."""
    found = sorted([*_new_levels(months), *_dense(months)], key=lambda one: -one[2].sum())
    return [_judged(months, *one) for one in islice(found, LOOKED_AT)]


def _judged(months: Months, what: str, month: str, rows: np.ndarray, near: np.ndarray) -> dict:
    from scipy import stats

    expected, left = expect(months, ~near)[rows].sum(), months.y[rows].sum()
    low = stats.chi2.ppf(SURE / 2, 2 * left) / 2 if left else 0.0  # Garwood (1936), of a Poisson mean
    high = stats.chi2.isf(SURE / 2, 2 * left + 2) / 2
    bounds = np.divide((expected, low, high), expected)
    return record(SEGMENTS, f"{rows.sum():,} rows of {what}", month, left / expected, bounds)


def _new_levels(months: Months):
    """(what, first month, rows, rows that no probe may learn from) of levels that a month brought."""
    codes, categories = months.codes
    rows = np.bincount(months.month)[:, None]
    for at in categories:
        own = codes[:, at].astype(np.int64)
        levels = own.max() + 1
        count = np.bincount(months.month * levels + own, minlength=len(rows) * levels).reshape(len(rows), levels)
        first = np.argmax(count >= np.maximum(NEW_SHARE * rows, 1), axis=0)
        before = np.where(np.arange(len(rows))[:, None] < first, count, 0).sum(axis=0)
        share = before / np.maximum(np.cumsum(rows)[np.maximum(first - 1, 0)], 1)
        new = (first >= FEWEST) & (share <= BEFORE_SHARE) & (count.sum(axis=0) - before >= SMALLEST)
        for level in np.flatnonzero(new):
            inside = (own == level) & (months.month >= first[level])
            name, value = months.X.columns[at], months.X.iloc[int(np.argmax(inside)), at]
            if value != MISSING:
                yield f"`{name}` = {value}", months.names[first[level]], inside, inside


def _dense(months: Months):
    """(what, first month, rows, rows near them) of rows that are alike in nearly all columns that tell."""
    bins, found = _telling(_binned(months)), []
    if bins.shape[1] < FEWEST_COLUMNS:
        return
    drawn = [_alike(bins, np.flatnonzero(months.of(place)), place) for place in range(len(months.names))]
    share, error, middles = zip(*drawn, strict=True)
    bounds = usual(share, error)
    for place in np.flatnonzero(np.array(share) > bounds[:, 2]):
        for middle in middles[place]:
            agreement = (bins == middle).mean(axis=1)
            rows = (months.month >= place) & (agreement >= MEMBER)
            if rows.sum() >= SMALLEST and not any((middle == other).mean() >= MEMBER for other in found):
                found.append(middle)
                yield _described(months, rows), months.names[place], rows, (months.month >= place) & (agreement >= NEAR)


def _binned(months: Months) -> np.ndarray:
    """Every column in a few bins: eighths of a number, levels of a category, what is missing apart."""
    codes, categories = months.codes
    bins = np.empty(codes.shape, dtype=np.uint8)
    for at in range(codes.shape[1]):
        values = codes[:, at]
        if at in categories:
            bins[:, at] = np.minimum(values, 254)
            continue
        edges = np.unique(np.nanquantile(values, np.arange(1, BINS) / BINS)) if np.isfinite(values).any() else []
        bins[:, at] = np.where(np.isnan(values), 255, np.searchsorted(edges, values, side="right"))
    return bins


def _telling(bins: np.ndarray) -> np.ndarray:
    """The columns in which two rows drawn at random rarely agree."""
    shares = [np.bincount(column, minlength=256) / len(column) for column in bins.T]
    return np.ascontiguousarray(bins[:, [(share**2).sum() <= TELLING for share in shares]])


def _alike(bins: np.ndarray, rows: np.ndarray, seed: int) -> tuple[float, float, list[np.ndarray]]:
    """The share of pairs that agree in nearly all columns, its error, and two rows that most of the others are like."""
    some = bins[np.random.default_rng(seed).choice(rows, min(COMPARED, len(rows)), replace=False)]
    levels = np.concatenate([column[:, None] == np.unique(column) for column in some.T], axis=1).astype(np.float32)
    agreement = levels @ levels.T
    alike = (agreement >= ALIKE * bins.shape[1]).sum(axis=1) - 1
    pairs, most = alike.sum() / 2, max(len(some) * (len(some) - 1) / 2, 1)
    first = int(np.argmax(alike))
    second = int(np.argmax(np.where(agreement[first] >= MEMBER * bins.shape[1], -1, alike)))
    return pairs / most, np.sqrt(pairs + 1) / most, [some[first], some[second]]


def _described(months: Months, rows: np.ndarray) -> str:
    """What such rows have in common, by the columns that are narrowest against all rows."""
    inside, told = months.X[rows], []
    for column in months.signature.columns:
        values = inside[column.name]
        if column.kind == "category":
            level = values.mode()[0]
            narrow = (months.X[column.name] == level).mean() / max((values == level).mean(), 1e-9)
            told.append((narrow, f"`{column.name}` = {level}"))
        elif values.notna().any():
            low, high = values.quantile([0.05, 0.95])
            narrow = months.X[column.name].between(low, high).mean()
            told.append((narrow, f"`{column.name}` {low:,.4g} to {high:,.4g}"))
    return ", ".join(text for _, text in sorted(told)[:3])
