"""Weights that undo a sample chosen by outcome: they make its share of leavers that of the real world."""

import numpy as np

from churn_mlops.models.checks import check_two_classes


def row_weights(y, prior: float = 0.0) -> np.ndarray | None:
    """What each row counts for, on average 1: leavers `prior / rate`, others `(1 - prior) / (1 - rate)`.

    `rate` is the share of leavers among these rows, so that their weighted share is exactly `prior`. None for
    a prior of 0, where the data is as the world is. Assumes that within each kind the rows were drawn by chance
    (Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities").
    """
    if not prior:
        return None
    y = np.asarray(y)
    check_two_classes(y, f"weighing rows to a prior of {prior:g}")
    rate = y.mean()
    return np.where(y == 1, prior / rate, (1 - prior) / (1 - rate))
