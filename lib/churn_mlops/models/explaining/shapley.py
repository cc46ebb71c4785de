"""Exact Shapley values of a forest: what each feature adds to what the trees say of a row.

The game is that of TreeSHAP (Lundberg and others 2020, "From local explanations to global understanding with
explainable AI for trees"): a feature that is not known sends a row both ways, by the shares of the training rows.
On the path to one leaf a feature multiplies the row's weight by its share z when it is not known, and by o (1 where
the row passes, else 0) when it is. A feature's Shapley value is then

    value * (o_j - z_j) * integral over t from 0 to 1 of the product over k != j of ((1 - t) z_k + t o_k)

because a random coalition holds each other feature with a chance t, t uniform. The product is a polynomial of t, so
that a few Gauss-Legendre points give the integral exactly. Only which features pass matters, so many rows share a
table of 2^features answers a leaf, and cost one look-up each: ten times faster than the recursion.
"""

from functools import cache

import numpy as np

from churn_mlops.models.explaining.paths import Paths

FEW = 200  # rows up to which all leaves are taken at once instead of one after the other
SCANT = 600  # rows up to which all leaves of a piece are
PAIRS = 200_000  # pairs of a row and a leaf, or entries of tables, held at a time
TINY = 1e-12  # least share: no training row passed


def shapley_values(generations: list[Paths], X) -> np.ndarray:
    """Shape (rows, features): add `Forest.base` and it is what the trees say of each row."""
    X = np.asarray(X, dtype=float)
    out = np.zeros((X.shape[1], len(X)))
    (_few if len(X) <= FEW else _many)(generations, X, out)
    return out.T


def weigh(passes, cover, value) -> np.ndarray:
    """Shapley values of the features (last axis) of paths: `passes` 0 or 1, `cover` their shares."""
    slots = passes.shape[-1]
    total = np.zeros(np.broadcast_shapes(passes.shape, cover.shape))
    for t, weight in _points(max(1, -(-slots // 2))):
        factors = (1 - t) * cover + t * passes
        total += weight * factors.prod(axis=-1, keepdims=True) / factors
    return np.asarray(value)[..., None] * (passes - cover) * total


@cache
def _points(count: int) -> list[tuple[float, float]]:
    """Points between 0 and 1 with the weights of their values in an integral."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return list(zip(((points + 1) / 2).tolist(), (weights / 2).tolist(), strict=True))


def _few(generations, X, out) -> None:
    """All leaves at once, a few rows at a time."""
    widest = max(paths.feature.size for paths in generations)
    step = max(1, PAIRS // max(1, widest))
    for start in range(0, len(X), step):
        rows, reached = X[start : start + step], None
        for paths in generations:
            there = np.ones((len(rows), len(paths)), bool) if reached is None else reached[:, paths.above]
            passes = _passes(paths, rows)
            _add(out[:, start : start + step], paths, passes, there)
            reached = there & passes.all(axis=2)


def _passes(paths, rows, leaves=slice(None)) -> np.ndarray:
    """Shape (rows, leaves, slots): whether the row has what the path asks of the feature."""
    feature = paths.feature[leaves]
    values = rows[:, np.maximum(feature, 0)]
    inside = (values > paths.low[leaves]) & (values <= paths.high[leaves])
    return inside | (np.isnan(values) & paths.nan_passes[leaves]) | (feature < 0)


def _add(out, paths, passes, there) -> None:
    row, leaf = np.nonzero(there)
    found = weigh(passes[row, leaf], np.maximum(paths.cover, TINY)[leaf], paths.value[leaf])
    slots = paths.feature[leaf]
    known = slots >= 0
    np.add.at(out, (slots[known], np.broadcast_to(row[:, None], slots.shape)[known]), found[known])


def _many(generations, X, out) -> None:
    """One piece of a tree after the other, all rows at a time; of a piece below another those that reach it."""
    table, reached = _Table(X), {-1: None}
    for paths, after in zip(generations, [*generations[1:], None], strict=True):
        wanted = set() if after is None else set(after.above.tolist())
        reached = dict(_generation(paths, table, reached, wanted, out))


def _generation(paths, table, reached, wanted, out):
    """Add what these leaves say; yield the wanted ones, each with the rows that reached it."""
    used = paths.used
    begins = np.flatnonzero(np.diff(paths.piece, prepend=-1))
    for first, last in zip(begins, [*begins[1:], len(paths)], strict=True):
        rows = reached[paths.above[first]]
        leaves = np.arange(first, last)
        if rows is not None and len(rows) <= SCANT:
            passes = _passes(paths, table.columns[:, rows].T, leaves)
            _add_at_once(paths, leaves, passes, rows, out)
            yield from ((leaf, rows[passes[:, leaf - first].all(axis=1)]) for leaf in leaves if leaf in wanted)
            continue
        seen = {}
        for slots in np.unique(used[leaves]):
            group = leaves[used[leaves] == slots]
            codes = [_code(paths, leaf, slots, table, rows, seen) for leaf in group]
            _look_up(paths, group, slots, codes, rows, out)
            for leaf, code in zip(group, codes, strict=True):
                if leaf in wanted:
                    yield leaf, _through(code, slots, rows)


def _add_at_once(paths, leaves, passes, rows, out) -> None:
    """Add what the leaves of a piece say of the few rows that reach it."""
    found = weigh(passes, np.maximum(paths.cover[leaves], TINY), paths.value[leaves]).reshape(len(rows), -1)
    features = paths.feature[leaves].ravel()
    order = np.argsort(features, kind="stable")[np.count_nonzero(features < 0) :]
    if len(order) and len(rows):
        kinds, starts = np.unique(features[order], return_index=True)
        out[np.ix_(kinds, rows)] += np.add.reduceat(found[:, order], starts, axis=1).T


class _Table:
    """The rows by column, with the places of missing values."""

    def __init__(self, X):
        self.columns = np.ascontiguousarray(X.T)
        self.holes = [hole if hole.any() else None for hole in np.isnan(self.columns)]
        self.rows = len(X)

    def inside(self, feature, low, high, nan_passes, rows) -> np.ndarray:
        """Which of the rows (all where None) have a value above `low` and at most `high`, or may lack one."""
        values, hole = self.columns[feature], self.holes[feature]
        if rows is not None:
            values, hole = values[rows], None if hole is None else hole[rows]
        found = values <= high if low == -np.inf else values > low
        if low > -np.inf and high < np.inf:
            found &= values <= high
        if hole is not None and nan_passes:
            found |= hole
        return found.astype(np.uint32)


def _code(paths, leaf, slots, table, rows, seen) -> np.ndarray:
    """For each row a number whose bits say which of the path's features pass."""
    code = np.zeros(table.rows if rows is None else len(rows), dtype=np.uint32)
    for slot in range(slots):
        asked = (paths.feature[leaf, slot], paths.low[leaf, slot], paths.high[leaf, slot], paths.nan_passes[leaf, slot])
        if asked not in seen:
            seen[asked] = table.inside(*asked, rows)
        code |= seen[asked] << np.uint32(slot)
    return code.astype(np.intp)


def _through(code, slots, rows) -> np.ndarray:
    """The rows with which every feature passes."""
    through = np.flatnonzero(code == (1 << slots) - 1)
    return through if rows is None else rows[through]


def _look_up(paths, leaves, slots, codes, rows, out) -> None:
    """Add to `out` what each leaf says of each row, from a table of all that it can say."""
    if not slots or not len(codes[0]):
        return
    features, cover = paths.feature[leaves, :slots], np.maximum(paths.cover[leaves, :slots], TINY)
    if 1 << slots <= max(len(codes[0]), FEW):
        passes = _bits(np.arange(1 << slots), slots)
        tables = weigh(passes, cover[:, None], paths.value[leaves, None]).swapaxes(1, 2).copy()
        for table, feature, code in zip(tables, features, codes, strict=True):
            _add_up(table, feature, code, rows, out)
        return
    for place, (feature, code) in enumerate(zip(features, codes, strict=True)):
        kinds, which = np.unique(code, return_inverse=True)
        table = weigh(_bits(kinds, slots), cover[place], paths.value[leaves[place]])
        _add_up(table.T.copy(), feature, which, rows, out)


def _add_up(table, features, code, rows, out) -> None:
    for values, feature in zip(table, features, strict=True):
        if rows is None:
            out[feature] += values.take(code)
        else:
            out[feature, rows] += values.take(code)


def _bits(codes, slots) -> np.ndarray:
    return (codes[:, None] >> np.arange(slots) & 1).astype(float)
