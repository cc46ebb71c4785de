"""The ways through a forest: for each leaf what a row must have to reach it, one interval a feature.

Deep trees are cut into pieces of a few levels, one below the other. Within a piece contributions are exact Shapley
values; the pieces that a row passes add up to what its leaf says. A tree of ordinary size is one piece.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

WHOLE = 128  # leaves up to which a tree is explained in one piece
LEVELS = 5  # of a piece of a larger tree


@dataclass(frozen=True)
class Paths:
    """Leaves of pieces, shape (leaves,) or (leaves, slots); a slot is a feature of the path, -1 where there is none."""

    piece: np.ndarray  # which of this generation's pieces the leaf belongs to; those of one piece stand together
    above: np.ndarray  # position in the generation above of the leaf that the piece hangs from; -1 for a tree's root
    value: np.ndarray  # mean of the training rows that reached the leaf
    feature: np.ndarray
    low: np.ndarray  # a value must be above,
    high: np.ndarray  # and at most this,
    nan_passes: np.ndarray  # or missing, where this is true
    cover: np.ndarray  # share of the training rows in the piece that pass, product over the feature's splits

    def __len__(self) -> int:
        return len(self.value)

    @property
    def used(self) -> np.ndarray:
        """The number of features on each path."""
        return (self.feature >= 0).sum(axis=1)


FREE = {"feature": -1, "low": -np.inf, "high": np.inf, "nan_passes": True, "cover": 1.0}  # a slot that asks nothing
NAMES = [field.name for field in fields(Paths)]


def find_paths(forest) -> list[Paths]:
    """The paths by generation: those of the pieces at the roots, of the pieces that hang from these, and so on."""
    leaves = np.add.reduceat((forest.left < 0).astype(int), forest.roots)
    levels = np.where(leaves <= WHOLE, len(forest.left), LEVELS)
    nodes, above, found = forest.roots, np.full(len(forest.roots), -1), []
    while len(nodes):
        paths, ends = _pieces(forest, nodes, above, levels)
        found.append(paths)
        above = np.flatnonzero(forest.left[ends] >= 0)
        nodes, levels = ends[above], np.full(len(above), LEVELS)
    return found


def _pieces(forest, nodes, above, levels) -> tuple[Paths, np.ndarray]:
    """The paths of the pieces that begin at `nodes`, each of so many `levels`, and the nodes where they end."""
    nothing = np.zeros((len(nodes), 0))
    front = Paths(np.arange(len(nodes)), above, forest.value[nodes], *(nothing.astype(type(v)) for v in FREE.values()))
    found, ends, level = [], [], 0
    while len(front):
        stops = (forest.left[nodes] < 0) | (levels[front.piece] == level)
        found.append(replace(_some(front, stops), value=forest.value[nodes[stops]]))
        ends.append(nodes[stops])
        nodes, front = _step(forest, nodes[~stops], _some(front, ~stops))
        level += 1
    paths, ends = _join(found), np.concatenate(ends)
    order = np.argsort(paths.piece, kind="stable")
    return _some(paths, order), ends[order]


def _step(forest, node, paths):
    """Both children of every node, with the paths one split longer."""
    slot = _slot(paths.feature, forest.feature[node])
    sides = [_child(forest, node, _widen(paths), slot, go_left) for go_left in (True, False)]
    return np.concatenate([forest.left[node], forest.right[node]]), _join(sides)


def _slot(features, feature) -> np.ndarray:
    """Where a path already has the feature, else its first free slot."""
    same = features == feature[:, None]
    return np.where(same.any(axis=1), same.argmax(axis=1) if same.shape[1] else 0, (features >= 0).sum(axis=1))


def _child(forest, node, paths, slot, go_left: bool) -> Paths:
    """`paths` (already with a free slot) as they go on to the left or to the right child."""
    at, threshold = (np.arange(len(node)), slot), forest.threshold[node]
    left, right = forest.cover[forest.left[node]], forest.cover[forest.right[node]]
    changed = {name: getattr(paths, name).copy() for name in FREE}
    changed["feature"][at] = forest.feature[node]
    if go_left:
        changed["high"][at] = np.minimum(changed["high"][at], threshold)
    else:
        changed["low"][at] = np.maximum(changed["low"][at], threshold)
    changed["nan_passes"][at] &= forest.nan_left[node] == go_left
    changed["cover"][at] *= (left if go_left else right) / (left + right)
    return replace(paths, **changed)


def _widen(paths: Paths, slots: int = 1) -> Paths:
    space = [(0, 0), (0, slots)]
    return replace(paths, **{n: np.pad(getattr(paths, n), space, constant_values=free) for n, free in FREE.items()})


def _join(parts: list[Paths]) -> Paths:
    slots = max(part.feature.shape[1] for part in parts)
    parts = [_widen(part, slots - part.feature.shape[1]) for part in parts]
    return Paths(*(np.concatenate([getattr(part, name) for part in parts]) for name in NAMES))


def _some(paths: Paths, kept) -> Paths:
    return Paths(*(getattr(paths, name)[kept] for name in NAMES))
