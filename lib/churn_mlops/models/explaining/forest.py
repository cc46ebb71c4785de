"""The trees of any fitted ensemble in one form, so that one algorithm explains them all."""

from dataclasses import dataclass

import numpy as np

from churn_mlops.errors import DataError

ZERO_IS_MISSING, NAN_IS_MISSING = 1, 2  # LightGBM's missing types


@dataclass(frozen=True)
class Forest:
    """Trees whose values add up, their nodes in one row of arrays; a leaf has no children (-1).

    A row goes left where its value is at most the threshold, or missing and `nan_left`.
    """

    roots: np.ndarray  # positions of the trees' first nodes
    feature: np.ndarray
    threshold: np.ndarray
    nan_left: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray  # of a leaf; of other nodes the mean of theirs
    cover: np.ndarray  # training rows that reached the node

    @property
    def base(self) -> float:
        """What the trees say of the average training row."""
        return float(self.value[self.roots].sum())


def grow(trees: list[dict]) -> Forest:
    """One Forest of several trees, each a dictionary of the arrays of its nodes with the root first."""
    sizes = np.array([len(tree["feature"]) for tree in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)
    joined = {name: np.concatenate([np.asarray(tree[name]) for tree in trees]) for name in trees[0]}
    shift = np.repeat(roots, sizes)
    for side in ("left", "right"):
        joined[side] = np.where(joined[side] < 0, -1, joined[side] + shift)
    value = _means(joined["left"], joined["right"], joined["value"].astype(float), joined["cover"].astype(float))
    return Forest(roots, **{**joined, "value": value, "nan_left": joined["nan_left"].astype(bool)})


def _means(left, right, value, cover) -> np.ndarray:
    """Each inner node's value: the mean of its children's, by their rows; from the deepest nodes up."""
    inner, depth = np.flatnonzero(left >= 0), _depths(left, right)
    for level in range(depth.max(), -1, -1):
        at = inner[depth[inner] == level]
        a, b = cover[left[at]], cover[right[at]]
        value[at] = (a * value[left[at]] + b * value[right[at]]) / (a + b)
    return value


def _depths(left, right) -> np.ndarray:
    depth, child = np.zeros(len(left), dtype=int), np.zeros(len(left), dtype=bool)
    child[left[left >= 0]] = child[right[right >= 0]] = True
    front, level = np.flatnonzero(~child), 0
    while len(front):
        depth[front], level = level, level + 1
        inner = front[left[front] >= 0]
        front = np.concatenate([left[inner], right[inner]])
    return depth


def of_boosting(model) -> tuple[float, Forest]:
    """Where a HistGradientBoostingClassifier's log-odds start, and its trees."""
    nodes = [predictor.nodes for (predictor,) in model._predictors]
    if any(n["is_categorical"].any() for n in nodes):
        raise DataError(
            "the boosting splits on categories of its own, which are not explained. Cure: encode them as numbers."
        )
    return float(model._baseline_prediction.ravel()[0]), grow([_boosted_tree(n) for n in nodes])


def _boosted_tree(nodes) -> dict:
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "feature": nodes["feature_idx"].astype(int),
        "threshold": nodes["num_threshold"],
        "nan_left": nodes["missing_go_to_left"],
        "left": np.where(leaf, -1, nodes["left"].astype(int)),
        "right": np.where(leaf, -1, nodes["right"].astype(int)),
        "value": nodes["value"],
        "cover": nodes["count"].astype(float),
    }


def of_trees(model) -> Forest:
    """The trees of a random forest or of extra trees, whose probabilities of leaving are averaged."""
    left_class = list(model.classes_).index(1)
    return grow([_averaged_tree(member.tree_, left_class, len(model.estimators_)) for member in model.estimators_])


def _averaged_tree(tree, left_class: int, members: int) -> dict:
    shares = tree.value[:, 0, :]
    return {
        "feature": tree.feature,
        "threshold": tree.threshold,
        "nan_left": tree.missing_go_to_left,
        "left": tree.children_left,
        "right": tree.children_right,
        "value": shares[:, left_class] / shares.sum(axis=1) / members,
        "cover": tree.weighted_n_node_samples,
    }


def of_text(text: str) -> Forest:
    """The trees in LightGBM's own text of a model of two classes; a forest's average is a sum of smaller parts."""
    head, *blocks = text.split("\nTree=")
    if "objective=binary sigmoid:1" not in head:
        raise DataError("the LightGBM model is no sum of log-odds, so it is not explained. Cure: objective='binary'.")
    trees = [_text_tree(block.split("\n\n")[0]) for block in blocks]
    averaged = "average_output" in head.splitlines()
    return grow([{**tree, "value": np.asarray(tree["value"]) / (len(trees) if averaged else 1)} for tree in trees])


def _text_tree(block: str) -> dict:
    found = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    values = _numbers(found["leaf_value"])
    if len(values) == 1:
        return _leaf(values[0])
    kinds = _numbers(found["decision_type"]).astype(int)
    _check_plain(kinds, found)
    inner, threshold = len(kinds), _numbers(found["threshold"])
    default_left = np.where(kinds >> 2 == NAN_IS_MISSING, (kinds & 2) > 0, threshold >= 0)  # else NaN counts as 0
    empty = np.zeros(len(values))
    return {
        "feature": np.concatenate([_numbers(found["split_feature"]), empty - 1]).astype(int),
        "threshold": np.concatenate([threshold, empty]),
        "nan_left": np.concatenate([default_left, empty]),
        "left": np.concatenate([_children(found["left_child"], inner), empty - 1]).astype(int),
        "right": np.concatenate([_children(found["right_child"], inner), empty - 1]).astype(int),
        "value": np.concatenate([np.zeros(inner), values]),
        "cover": np.concatenate([_numbers(found["internal_count"]), _numbers(found["leaf_count"])]),
    }


def _check_plain(kinds, found) -> None:
    if (kinds & 1).any() or (kinds >> 2 == ZERO_IS_MISSING).any() or found.get("is_linear", "0") != "0":
        raise DataError(
            "the LightGBM model splits on categories, takes zeros for missing or has lines in its leaves, which cannot "
            "be explained. Cure: encode categories as numbers, and leave zero_as_missing and linear_tree off."
        )


def _leaf(value: float) -> dict:
    alone = {"feature": [-1], "threshold": [0.0], "nan_left": [False], "left": [-1], "right": [-1]}
    return alone | {"value": [value], "cover": [1.0]}


def _numbers(line: str) -> np.ndarray:
    return np.array(line.split(" "), dtype=float)


def _children(line: str, inner: int) -> np.ndarray:
    """LightGBM counts leaves as -1, -2, ...; here they come after the inner nodes."""
    child = _numbers(line)
    return np.where(child < 0, inner - 1 - child, child)
