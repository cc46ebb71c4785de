"""What the preprocessing makes of one value: levels by a map, numbers as they are or along a curve."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from churn_mlops.features.signature import MISSING, Signature
from churn_mlops.models.explaining.origins import origins

UNSEEN = "\ue000 a level that no training row has \ue001"
NAN = float("nan")


@dataclass(frozen=True)
class Levels:
    """What each level of a column becomes, and one never seen."""

    known: dict[str, float]
    unseen: float

    def __call__(self, level: str) -> float:
        """The number that stands for the level."""
        return self.known.get(level, self.unseen)


def levels_of(columns, name: str, signature: Signature) -> list[str]:
    """All levels of a column that a fitted ColumnTransformer or its signature knows."""
    found = set(next(c.categories or () for c in signature.columns if c.name == name)) | {MISSING}
    for _, step, read in columns.transformers_:
        first = getattr(step, "steps", [("", step)])[0][1]
        if name in list(read) and hasattr(first, "categories_"):
            found |= {str(level) for level in first.categories_[list(read).index(name)]}
    return sorted(found)


def transformed(columns, signature: Signature, name: str, values: list) -> np.ndarray:
    """All outputs of the preprocessing for rows that have these values in one column, and nothing in the others."""
    empty = {c.name: MISSING if c.kind == "category" else NAN for c in signature.columns}
    frame = pd.DataFrame({**{other: [value] * len(values) for other, value in empty.items()}, name: values})
    kinds = {c.name: "str" if c.kind == "category" else "float64" for c in signature.columns}
    made = columns.transform(frame.astype(kinds)[signature.names])
    return np.asarray(made.toarray() if hasattr(made, "toarray") else made, dtype=float)


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
    for place, (column, made) in enumerate(zip(signature.columns, places_of(columns, signature), strict=True)):
        if len(made) > 1:
            raise ValueError(f"`{column.name}` makes {len(made)} outputs")
        for output in made:
            make = _map_of(columns, signature, column, int(output))
            outputs[int(output)] = (place, make)
    return [outputs[output] for output in range(len(outputs))]


def _map_of(columns, signature, column, output: int):
    if column.kind == "category":
        levels = levels_of(columns, column.name, signature)
        made = transformed(columns, signature, column.name, [*levels, UNSEEN])[:, output].tolist()
        return Levels(dict(zip(levels, made, strict=False)), made[-1])
    asked = [NAN, -1.5, 0.0, 2.5]
    made = transformed(columns, signature, column.name, asked)[:, output]
    if np.array_equal(made, asked, equal_nan=True):
        return None
    if (made == made[0]).all():  # a column that training saw empty
        constant = float(made[0])
        return lambda value: constant
    raise ValueError(f"`{column.name}` becomes another number")


@dataclass(frozen=True)
class Bent:
    """What a number adds to a linear model: its rank among the training rows, then a cubic between two knots.

    `at` are the quantiles, without repetitions; a value at one has the rank `on`, one above it up to the next the ranks
    from `above` with `slope`. `cubics` are those of each stretch between knots, highest power first.
    """

    at: list[float]
    on: list[float]
    above: list[float]
    slope: list[float]
    cubics: list[tuple[float, float, float, float]]
    gap: float  # what a missing value adds

    def __call__(self, value: float) -> float:
        """The sum of its outputs times their coefficients."""
        if value != value:
            return self.gap
        place = bisect_right(self.at, value) - 1
        if place < 0:
            rank = 0.0
        elif value == self.at[place]:
            rank = self.on[place]
        else:
            rank = self.above[place] + self.slope[place] * (value - self.at[place])
        stretch = min(int(rank * len(self.cubics)), len(self.cubics) - 1)
        a, b, c, d = self.cubics[stretch]
        return ((a * rank + b) * rank + c) * rank + d


def bend(quantiles, references, curve: Callable, knots: int, gap: float) -> Bent:
    """A number's way through QuantileTransformer, and `curve` of its rank, which is a cubic between knots.

    As scikit-learn has it: a value that fills several quantiles has the middle of their ranks, but for the ends.
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
    return Bent(at.tolist(), on.tolist(), above.tolist(), slope.tolist(), cubics, gap)


def _cubic(curve, low: float, high: float) -> tuple[float, ...]:
    """The coefficients of the cubic that the curve is between two knots, highest power first."""
    points = np.linspace(low, high, 4)
    return tuple(np.linalg.solve(np.vander(points, 4), curve(points)).tolist())
