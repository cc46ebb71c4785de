"""The choice among the finalists: the best, or a simpler one that is as good within the noise."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from churn_mlops.models.bootstrap import customer_codes
from churn_mlops.models.calibration import fit_sigmoid, log_odds
from churn_mlops.models.validation import BLEND, CrossValidation

WORTH = 0.0005  # ROC AUC that a less simple model has to bring, however sure it is
SURE = 2.0  # standard errors of the gain in log loss, customer by customer, beyond which it is no noise


@dataclass(frozen=True)
class Choice:
    """The chosen candidate and why, as a sentence."""

    name: str
    reason: str


def choose(cv: CrossValidation, y=None, customers=None) -> Choice:
    """The candidate with the best mean ROC AUC, or a simpler one that is not clearly worse.

    Not clearly worse: the mean of the paired differences over the folds is within one standard error of itself (the
    rule of Breiman et al. 1984, "Classification and Regression Trees", 3.4.3, on paired folds), and with the labels
    `y` of all rows the gain in log loss, paired by customer, is within two of its own: a few folds say little of
    their own noise, thousands of customers say more. Or the difference is below 0.0005, which nobody notices. A
    blend is the least simple.
    """
    scores = cv.table.pivot(index="fold", columns="candidate", values="roc_auc")[list(cv.out_of_fold)]
    best = scores.mean().idxmax()
    for simpler in scores.columns[: scores.columns.get_loc(best)]:
        difference = scores[best] - scores[simpler]
        error = difference.sem() if len(difference) > 1 else 0.0
        surely = y is not None and gain_in_loss(cv, simpler, best, y, customers) > SURE
        if difference.mean() <= max(0.0 if surely else error, WORTH):
            return Choice(simpler, _why_simpler(scores, simpler, best, difference.mean(), error))
    return Choice(best, _why_best(scores, best))


def gain_in_loss(cv: CrossValidation, simpler: str, best: str, y, customers=None) -> float:
    """How many standard errors the log loss of `best` is below that of `simpler`, both calibrated, by customer."""
    seen = cv.seen
    y, codes = (
        np.asarray(y)[seen],
        customer_codes(None if customers is None else np.asarray(customers)[seen], seen.sum()),
    )
    gains = np.bincount(codes, _loss(cv, simpler, seen, y) - _loss(cv, best, seen, y))
    error = np.sqrt(len(gains)) * gains.std()
    return float(gains.sum() / error) if error > 0 else 0.0


def _loss(cv, name: str, seen, y) -> np.ndarray:
    p = cv.out_of_fold[name].to_numpy()[seen]
    slope, intercept = fit_sigmoid(y, p)
    calibrated = expit(slope * log_odds(p) + intercept)
    return -np.log(np.where(y == 1, calibrated, 1 - calibrated))


def chosen_model(choice: Choice, candidates: dict, cv: CrossValidation):
    """The unfitted model that was chosen; a blend is put together from its members."""
    if choice.name != BLEND:
        return candidates[choice.name]
    from churn_mlops.models.families import Blend

    return Blend([(name, candidates[name]) for name in cv.weights], list(cv.weights.values()))


def _why_simpler(scores, simpler, best, difference, error) -> str:
    within = "within one standard error of it" if difference <= error else "not worse by what anybody would notice"
    return (
        f"{simpler} is simpler than {best} and {within}: ROC AUC {scores[simpler].mean():.4f} against "
        f"{scores[best].mean():.4f}, a difference of {difference:.4f} with a standard error of {error:.4f}."
    )


def _why_best(scores, best) -> str:
    others = [f"{name} {scores[name].mean():.4f}" for name in scores if name != best]
    beside = f" ({', '.join(others)})" if others else ""
    return (
        f"{best} has the best mean ROC AUC over {len(scores)} folds, {scores[best].mean():.4f}{beside}, and no "
        "simpler candidate comes as near as noise would bring it."
    )
