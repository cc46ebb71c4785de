"""Which settings of each family the trials speak for."""

import numpy as np

from churn_mlops.models.search.trial import COMPLETE, Trial


def best_settings(families: dict, trials: list[Trial], *, sampled: bool) -> dict[str, dict]:
    """By family, in its order; a family of which no trial is complete is left out, one with nothing to choose is not.

    The complete trial of the highest mean, of equals the first. Where trials saw a sample only (`sampled`), what suits
    the sample need not suit all rows, for which the start settings are sized: they stay unless another's gain
    over them, fold by fold, is above one standard error of itself.
    """
    found = {}
    for name, family in families.items():
        complete = [trial for trial in trials if trial.family == name and trial.state == COMPLETE]
        if complete:
            best = max(complete, key=lambda trial: trial.value)
            first = next((trial for trial in complete if trial.settings == family.start[0]), None)
            found[name] = (first if sampled and first and not _clearly_better(best, first) else best).settings
        elif not family.space:
            found[name] = dict(family.start[0]) if family.start else {}
    return found


def _clearly_better(one: Trial, other: Trial) -> bool:
    gain = np.asarray(one.roc_auc) - np.asarray(other.roc_auc)
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else 0.0
    return bool(gain.mean() > error)
