"""How much of the model is chance: the same model with other seeds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from churn_mlops.models.calibration import fit_sigmoid, log_odds
from churn_mlops.models.money import contacted
from churn_mlops.models.stakes import stakes
from churn_mlops.models.thinning import thin_folds, thin_rows
from churn_mlops.workers import run_all

ROWS = 10_000  # rows that the models are fitted and compared on


@dataclass(frozen=True)
class Stability:
    """What other seeds make of the same model."""

    seeds: list[int]  # the first is the model's own
    roc_auc: list[float]  # on customers not seen, one a seed
    sd: float  # standard deviation of those
    share_of_decisions_changed: float  # customers whom another seed decides differently about, mean over the seeds


def stability_table(stability: Stability):
    """One row a seed with its ROC AUC, the model's own first; then their spread, and the decisions that change."""
    rows = [(f"ROC AUC with seed {seed}", area) for seed, area in zip(stability.seeds, stability.roc_auc, strict=True)]
    rows += [("standard deviation", stability.sd), ("share of decisions changed", stability.share_of_decisions_changed)]
    return pd.DataFrame(rows, columns=["measure", "value"]).round(4)


def measure_stability(model, X, y, folds, money, threshold: float, seed: int = 0, others: int = 2, rows: int = ROWS):
    """Fit the estimator of a `CalibratedModel` again with other seeds on the last fold, and compare what they say.

    Each is calibrated on the rows that it is tested on by itself, as the model that serves is on such rows, and
    decides by the threshold under the money of `stakes`. Of more than `rows` rows a sample is used; fewer leave
    more to chance, so the model that serves is at least as stable.
    """
    y, kept = np.asarray(y), thin_rows(y, rows, seed)
    ((train, test),) = thin_folds([list(folds)[-1]], kept) if len(kept) < len(y) else [list(folds)[-1]]
    X, y = X.iloc[kept], y[kept]
    seeds = [seed + k for k in range(others + 1)]
    said = run_all(_predict_again, [(with_seed(model.estimator, one),) for one in seeds], (X, y, train, test))
    held = stakes(money, X.iloc[test])
    decided = np.array([contacted(_calibrated(y[test], p, model.shift), held, threshold) for p in said])
    areas = [float(roc_auc_score(y[test], p)) for p in said]
    changed = float((decided[1:] != decided[0]).mean()) if others else 0.0
    return Stability(seeds, areas, float(np.std(areas, ddof=1)) if others else 0.0, changed)


def with_seed(model, seed: int):
    """A clone in which every part that draws at random draws by this seed."""
    made = clone(model)
    known = made.get_params(deep=True)
    names = {name: seed for name in known if name.rsplit("__", 1)[-1] in ("random_state", "seed")}
    members = known.get("estimators")
    if isinstance(members, list):
        made.set_params(estimators=[(name, with_seed(member, seed)) for name, member in members])
    return made.set_params(**names)


def _predict_again(X, y, train, test, model) -> np.ndarray:
    return model.fit(X.iloc[train], y[train]).predict_proba(X.iloc[test])[:, 1]


def _calibrated(y, p, shift) -> np.ndarray:
    return expit(np.polyval(fit_sigmoid(y, p), log_odds(p)) + shift)
