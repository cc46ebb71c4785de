"""When a trial is given up: the median rule (Golovin et al. 2017, "Google Vizier", 3.2.2)."""

import numpy as np

from churn_mlops.models.search.trial import COMPLETE, Trial

FEWEST = 5  # complete trials before anything is given up
NOISE = 0.002  # ROC AUC below the median that is no reason yet: after one fold much of the order is chance


def limits(trials: list[Trial], folds: int) -> tuple[float, ...]:
    """For each fold but the last, the mean ROC AUC up to there that a trial has to reach.

    It lies a little below the median of all earlier complete trials, of whatever family, so that a family which is
    behind costs a fold a trial. Earlier are those of earlier batches: what runs at the same time may not decide, or
    the result would depend on which of two workers is faster.
    """
    scores = [trial.roc_auc for trial in trials if trial.state == COMPLETE]
    if len(scores) < FEWEST:
        return ()
    sofar = np.cumsum(scores, axis=1) / np.arange(1, folds + 1)
    return tuple(float(limit) - NOISE for limit in np.median(sofar, axis=0)[:-1])
