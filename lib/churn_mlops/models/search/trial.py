"""One trial: a family with settings, scored on one fold after the other until it is plainly behind."""

import time
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
LONGEST = 300  # letters of a message that are kept


@dataclass(frozen=True)
class Asked:
    """What is to be tried."""

    number: int
    batch: int
    family: str
    settings: dict


@dataclass(frozen=True)
class Trial:
    """What was tried and what it brought; scores of the folds that it came to."""

    number: int  # from 0, in the order asked
    batch: int  # of those asked together
    family: str
    settings: dict
    state: str  # complete, pruned (behind after a fold) or failed (the estimator raised)
    roc_auc: tuple[float, ...]
    log_loss: tuple[float, ...]
    seconds: float  # of this trial, wall clock
    message: str = ""  # why it failed

    @property
    def value(self) -> float:
        """Mean ROC AUC over its folds; NaN where there is none."""
        return float(np.mean(self.roc_auc)) if self.roc_auc else float("nan")


def run_trial(X, y, folds, asked: Asked, make, limits: tuple[float, ...]) -> Trial:
    """Fit and score on each fold; stop after fold k when the mean so far is below `limits[k - 1]`.

    Whatever the estimator raises makes a failed trial: that one set of settings cannot be fitted says nothing
    against the others.
    """
    started, areas, losses = time.perf_counter(), [], []
    try:
        state, message = _score_folds(X, y, folds, lambda: make(dict(asked.settings)), limits, areas, losses), ""
    except Exception as error:
        state, message = FAILED, f"{type(error).__name__}: {error}"[:LONGEST]
    seconds = time.perf_counter() - started
    return Trial(**vars(asked), state=state, roc_auc=tuple(areas), log_loss=tuple(losses), seconds=seconds,
                 message=message)  # fmt: skip


def _score_folds(X, y, folds, make, limits, areas, losses) -> str:
    for train, test in folds:
        p = make().fit(X.iloc[train], y[train]).predict_proba(X.iloc[test])[:, 1]
        areas.append(float(roc_auc_score(y[test], p)))
        losses.append(float(log_loss(y[test], p, labels=[0, 1])))
        behind = len(areas) <= len(limits) and np.mean(areas) < limits[len(areas) - 1]
        if behind and len(areas) < len(folds):
            return PRUNED
    return COMPLETE
