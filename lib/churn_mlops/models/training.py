"""Training from rows to model, as 03_train does it step by step."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from churn_mlops.models.calibration import CalibratedModel, fit_calibrated
from churn_mlops.models.choice import Choice, choose, chosen_model
from churn_mlops.models.families import make_families
from churn_mlops.models.folds import Folds, choose_folds, keep_together
from churn_mlops.models.search import Budget, Search, finalists, search
from churn_mlops.models.validation import ROWS, CrossValidation, add_blend, cross_validate


@dataclass(frozen=True)
class Trained:
    """A model and how it came about."""

    model: CalibratedModel  # fitted on all rows
    choice: Choice
    candidates: dict  # unfitted, by family: the best settings that were found
    cv: CrossValidation  # of the candidates and their blend
    search: Search
    folds: Folds


def train(
    X,
    y,
    groups,
    dates,
    signature,
    budget: Budget,
    seed: int = 0,
    *,
    folds: int = 0,
    horizon_days: int = 0,
    prior: float | None = None,
    journal: Path | None = None,
    search_rows: int = 0,
    fold_rows: int = 0,
) -> Trained:
    """Families, search, cross-validation of each family's best, blend, choice and calibration.

    `groups` says who belongs together, `dates` when each row was a snapshot; both may be None. `folds` as for
    `choose_folds`. `prior` is the share of leavers in the world where it is not that of `y`. `fold_rows` of a
    fold are used at most in the comparison of the finalists (0: as many as `cross_validate` says). The same arguments
    with a budget of trials give the same model to the bit.
    """
    X, y = keep_together(X, groups), np.asarray(y)
    families = make_families(signature, seed, rows=len(y), events=int(y.sum()))
    folded = choose_folds(y, groups, dates, folds, seed, horizon_days)
    dealt = choose_folds(y, groups, dates, folds or 3, seed + 1, horizon_days)  # others: settings suit them by luck
    found = search(families, X, y, dealt, budget, seed, journal, search_rows)
    candidates = finalists(families, found)
    cv = add_blend(cross_validate(candidates, X, y, folded, fold_rows or ROWS, seed), y, folded)
    choice = choose(cv, y, groups)
    unfitted = chosen_model(choice, candidates, cv)
    model = fit_calibrated(unfitted, X, y, cv.out_of_fold[choice.name].to_numpy(), prior)
    return Trained(model, choice, candidates, cv, found, folded)
