"""Sums and differences of pairs of numbers, which trees can only climb in many steps."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

CELLS = 60_000_000  # values of pairs that are worth their memory
SAMPLE = 20_000  # rows that show which columns matter


@dataclass(frozen=True)
class Scale:
    """The columns that are paired, with their mean and standard deviation."""

    columns: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


def most_columns(wanted: int, rows: int) -> int:
    """As many columns as leave their pairs room; each two give a sum and a difference."""
    while wanted > 1 and wanted * (wanted - 1) * rows > CELLS:
        wanted -= 1
    return wanted if wanted > 1 else 0


def scale_of(X, columns) -> Scale:
    """Of columns with gaps; a column without any spread, or with none that can be measured, counts as it is."""
    chosen = X[:, columns]
    with np.errstate(all="ignore"):
        mean = np.array(
            [np.mean(column[np.isfinite(column)]) if np.isfinite(column).any() else 0 for column in chosen.T]
        )
        sd = np.array([np.std(column[np.isfinite(column)]) if np.isfinite(column).any() else 1 for column in chosen.T])
    usable = np.isfinite(mean) & np.isfinite(sd) & (sd > 0)
    return Scale(np.asarray(columns), np.where(usable, mean, 0.0), np.where(usable, sd, 1.0))


def with_pairs(X, scale: Scale) -> np.ndarray:
    """The columns, then the sum and the difference of each pair, in standard deviations; a gap in one is a gap."""
    with np.errstate(all="ignore"):
        Z = (X[:, scale.columns] - scale.mean) / scale.sd
        one, other = parents(np.arange(len(scale.columns)))
        return np.concatenate([X, Z[:, one] + Z[:, other], Z[:, one] - Z[:, other]], axis=1)


def parents(columns) -> tuple[np.ndarray, np.ndarray]:
    """The two columns of each pair, in the order of `with_pairs`."""
    pairs = np.array(list(combinations(columns, 2)), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def fold(values, columns, width: int) -> np.ndarray:
    """Values of the columns and their pairs, as values of the `width` columns: of a pair each gets half.

    Both are in it alike, so it is what Shapley's value gives each of the two.
    """
    one, other = parents(columns)
    folded = np.array(values[:, :width], dtype=float)
    for place, (a, b) in enumerate(zip(one, other, strict=True)):
        half = (values[:, width + place] + values[:, width + len(one) + place]) / 2
        folded[:, a] += half
        folded[:, b] += half
    return folded
