"""Cross-validation of the candidates, and the choice among them."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from churn_mlops.models.threads import fixed_threads


@dataclass(frozen=True)
class CrossValidation:
    """What the candidates predicted for rows they had not seen."""

    out_of_fold: pd.DataFrame  # one column a candidate, simplest first; rows as in X; probability 0 to 1
    table: pd.DataFrame  # candidate, fold, roc_auc, average_precision, log_loss, seconds (wall clock of the fit)

    @property
    def summary(self) -> pd.DataFrame:
        """Mean over the folds, one row a candidate in the order tried, with the standard error of the ROC AUC."""
        grouped = self.table.groupby("candidate", sort=False)
        means = grouped[["roc_auc", "average_precision", "log_loss", "seconds"]].mean()
        means.insert(1, "roc_auc_se", grouped["roc_auc"].sem())
        return means.reset_index()


@dataclass(frozen=True)
class Choice:
    """The chosen candidate and why, as a sentence."""

    name: str
    reason: str


def cross_validate(candidates: dict, X: pd.DataFrame, y, folds, progress=None) -> CrossValidation:
    """Fit every candidate on each fold's training rows and predict its test rows.

    `folds` as `make_folds` gives them; `progress(candidate, fold)` is called after each fit.
    """
    y = np.asarray(y)
    out = pd.DataFrame(np.nan, index=X.index, columns=list(candidates))
    rows = []
    for number, (train, test) in enumerate(folds, start=1):
        train_X, test_X = X.iloc[train], X.iloc[test]
        for place, (name, candidate) in enumerate(candidates.items()):
            p, seconds = _fit_predict(candidate, train_X, y[train], test_X)
            out.iloc[test, place] = p
            rows.append({"candidate": name, "fold": number, **_scores(y[test], p), "seconds": seconds})
            if progress:
                progress(name, number)
    return CrossValidation(out, pd.DataFrame(rows))


def choose(cv: CrossValidation) -> Choice:
    """The candidate with the best mean ROC AUC, or a simpler one that is not clearly worse.

    Not clearly worse: the mean of the paired differences over the folds is within one standard error of
    itself (the rule of Breiman et al. 1984, "Classification and Regression Trees", 3.4.3, on paired folds).
    """
    scores = cv.table.pivot(index="fold", columns="candidate", values="roc_auc")[list(cv.out_of_fold)]
    best = scores.mean().idxmax()
    for simpler in scores.columns[: scores.columns.get_loc(best)]:
        difference = scores[best] - scores[simpler]
        error = difference.sem() if len(difference) > 1 else 0.0
        if difference.mean() <= error:
            return Choice(
                simpler,
                f"{simpler} is simpler than {best} and within one standard error of it: ROC AUC "
                f"{scores[simpler].mean():.4f} against {scores[best].mean():.4f}, a difference of "
                f"{difference.mean():.4f} with a standard error of {error:.4f}.",
            )
    return Choice(best, _why_best(scores, best))


def _why_best(scores, best) -> str:
    others = [f"{name} {scores[name].mean():.4f}" for name in scores if name != best]
    beside = f" ({', '.join(others)})" if others else ""
    return (
        f"{best} has the best mean ROC AUC over {len(scores)} folds, {scores[best].mean():.4f}{beside}, and no "
        "simpler candidate comes within one standard error of it."
    )


def _fit_predict(candidate, train_X, train_y, test_X):
    started = time.perf_counter()
    with fixed_threads(len(train_y)):
        fitted = clone(candidate).fit(train_X, train_y)
        seconds = time.perf_counter() - started
        return fitted.predict_proba(test_X)[:, 1], seconds


def _scores(y, p) -> dict[str, float]:
    return {
        "roc_auc": float(roc_auc_score(y, p)),
        "average_precision": float(average_precision_score(y, p)),
        "log_loss": float(log_loss(y, p, labels=[0, 1])),
    }
