"""What the preprocessing makes of one value: levels by a map, numbers as they are or along a curve."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate, pairwise

import numpy as np
import pandas as pd

from churn_mlops.features.signature import MISSING, Signature
from churn_mlops.models.explaining.origins import origins

UNSEEN = "\ue000 a level that no training row has \ue001"
NAN = float("nan")


def mapped(levels: list[str], made: list[float]) -> Callable[[str], float]:
    """What each level becomes; the last of `made` is what one never seen does."""
    look, unseen = dict(zip(levels, made, strict=False)).get, made[-1]
    return lambda level: look(level, unseen)


def levels_of(columns, name: str, signature: Signature) -> list[str]:
    """All levels of a column that a fitted ColumnTransformer or its signature knows."""
    found = set(next(c.categories or () for c in signature.columns if c.name == name)) | {MISSING}
    for _, step, read in columns.transformers_:
        first = getattr(step, "steps", [("", step)])[0][1]
        if name in list(read) and hasattr(first, "categories_"):
            found |= {str(level) for level in first.categories_[list(read).index(name)]}
    return sorted(found)


def transformed(columns, signature: Signature, numbers: list[float]) -> dict[str, tuple[list, np.ndarray]]:
    """For each column values, and all outputs of the preprocessing for rows that have these in it and no others.

    The values are all levels and one never seen, or `numbers`. All rows go through it at once, because it takes as long
    for one as for hundreds.
    """
    values = {
        c.name: [*levels_of(columns, c.name, signature), UNSEEN] if c.kind == "category" else numbers
        for c in signature.columns
    }
    begins = dict(zip(values, accumulate(map(len, values.values()), initial=0), strict=False))
    rows = sum(map(len, values.values()))
    frame = {}
    for c in signature.columns:
        filled = [MISSING if c.kind == "category" else NAN] * rows
        filled[begins[c.name] : begins[c.name] + len(values[c.name])] = values[c.name]
        frame[c.name] = pd.Series(filled, dtype="str" if c.kind == "category" else "float64")
    made = columns.transform(pd.DataFrame(frame))
    made = np.asarray(made.toarray() if hasattr(made, "toarray") else made, dtype=float)
    return {name: (own, made[begins[name] : begins[name] + len(own)]) for name, own in values.items()}


def places_of(columns, signature: Signature) -> list[np.ndarray]:
    """For each column of the signature the places of the outputs that are made of it."""
    names, found = origins(columns)
    known = {name: np.flatnonzero(found == place) for place, name in enumerate(names)}
    return [known.get(name, np.zeros(0, dtype=int)) for name in signature.names]


def for_trees(columns, signature: Signature) -> list[tuple[int, Callable | None]]:
    """For each output of the preprocessing of trees: the column it is made of, and how; None: as it is.

    Raises ValueError where a column makes several outputs or a number becomes another, which trees never ask for.
    """
    outputs: dict[int, tuple[int, Callable | None]] = {}
    probed = transformed(columns, signature, [NAN, -1.5, 0.0, 2.5])
    for place, (column, mine) in enumerate(zip(signature.columns, places_of(columns, signature), strict=True)):
        if len(mine) > 1:
            raise ValueError(f"`{column.name}` makes {len(mine)} outputs")
        for output in mine.tolist():
            asked, made = probed[column.name]
            outputs[output] = (place, _map_of(column, asked, made[:, output]))
    return [outputs[output] for output in range(len(outputs))]


def _map_of(column, asked: list, made: np.ndarray):
    if column.kind == "category":
        return mapped(asked[:-1], made.tolist())
    if np.array_equal(made, asked, equal_nan=True):
        return None
    if (made == made[0]).all():  # a column that training saw empty
        constant = float(made[0])
        return lambda value: constant
    raise ValueError(f"`{column.name}` becomes another number")


def bend(quantiles, references, curve: Callable, knots: int, gap: float) -> Callable[[float], float]:
    """What a number adds to a linear model: its way through QuantileTransformer, and `curve` of its rank.

    The curve is a cubic between knots; `gap` is what a missing value adds. As scikit-learn has it: a value that fills
    several quantiles has the middle of their ranks, but for the ends.
    """
    at, first = np.unique(quantiles, return_index=True)
    last = np.append(first[1:], len(quantiles)) - 1
    on = (references[first] + references[last]) / 2
    on[-1] = 1.0
    on[0] = 0.0  # where all are one value, 0 is what scikit-learn says last
    with np.errstate(all="ignore"):
        slope = np.append((references[first[1:]] - references[last[:-1]]) / np.diff(at), 0.0)
    above = np.append(references[last[:-1]], 1.0)
    edges = np.linspace(0, 1, max(knots - 1, 1) + 1)
    cubics = [_cubic(curve, low, high) for low, high in pairwise(edges)]
    return _bent(at.tolist(), on.tolist(), above.tolist(), slope.tolist(), cubics, gap)


def _bent(at: list, on: list, above: list, slope: list, cubics: list, gap: float):
    """A value at a quantile has the rank `on`, one above it up to the next the ranks from `above` with `slope`."""
    stretches, last = len(cubics), len(cubics) - 1

    def add(value: float) -> float:
        if value != value:
            return gap
        place = bisect_right(at, value) - 1
        if place < 0:
            rank = 0.0
        elif value == at[place]:
            rank = on[place]
        else:
            rank = above[place] + slope[place] * (value - at[place])
        stretch = int(rank * stretches)
        a, b, c, d = cubics[stretch if stretch < last else last]
        return ((a * rank + b) * rank + c) * rank + d

    return add


def _cubic(curve, low: float, high: float) -> tuple[float, ...]:
    """The coefficients of the cubic that the curve is between two knots, highest power first."""
    points = np.linspace(low, high, 4)
    return tuple(np.linalg.solve(np.vander(points, 4), curve(points)).tolist())
