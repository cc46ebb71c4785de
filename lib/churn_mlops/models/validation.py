"""Cross-validation of the finalists."""

import time
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from churn_mlops.models.thinning import thin_folds, thin_rows
from churn_mlops.workers import run_all

ROWS = 30_000  # rows of a fold that a finalist learns from, and so many that it is judged by
BLEND = "blend"


@dataclass(frozen=True)
class CrossValidation:
    """What the candidates predicted for rows they had not seen."""

    out_of_fold: pd.DataFrame  # one column a candidate, simplest first; rows as in X; NaN in rows that no fold tests
    table: pd.DataFrame  # candidate, fold, roc_auc, average_precision, log_loss, seconds (wall clock of the fit)
    weights: dict[str, float] = field(default_factory=dict)  # of the blend's members, where there is one

    @property
    def seen(self) -> np.ndarray:
        """True for the rows that some fold has tested."""
        return self.out_of_fold.notna().all(axis=1).to_numpy()

    @property
    def summary(self) -> pd.DataFrame:
        """Mean over the folds, one row a candidate in the order tried, with the standard error of the ROC AUC."""
        grouped = self.table.groupby("candidate", sort=False)
        means = grouped[["roc_auc", "average_precision", "log_loss", "seconds"]].mean()
        means.insert(1, "roc_auc_se", grouped["roc_auc"].sem())
        return means.reset_index()


def cross_validate(candidates: dict, X: pd.DataFrame, y, folds, rows: int = ROWS, seed: int = 0) -> CrossValidation:
    """Fit every candidate on each fold's training rows and predict its test rows; all of them side by side.

    Of a part with more than `rows` rows so many are used, drawn by `seed`, each as likely as any other.
    """
    y = np.asarray(y)
    folds = [tuple(_some(y, part, rows, seed + place) for place, part in enumerate(fold)) for fold in folds]
    calls = [(candidate, train, test) for train, test in folds for candidate in candidates.values()]
    done = iter(run_all(_fit_predict, calls, (X, y)))
    out, table = np.full((len(y), len(candidates)), np.nan), []
    for number, (_, test) in enumerate(folds, start=1):
        for place, name in enumerate(candidates):
            out[test, place], seconds = next(done)
            scores = _scores(y[test], out[test, place])
            table.append({"candidate": name, "fold": number, **scores, "seconds": seconds})
    return CrossValidation(pd.DataFrame(out, index=X.index, columns=list(candidates)), pd.DataFrame(table))


def add_blend(cv: CrossValidation, y, folds) -> CrossValidation:
    """The same with a blend of all but the naive candidate as the last; unchanged where a single one is the best blend.

    Its out-of-fold probabilities come from weights that were found on the other folds.
    """
    from churn_mlops.models.families import blend_out_of_fold, fit_blend

    seen, members = np.flatnonzero(cv.seen), [name for name in cv.out_of_fold if name != "naive"]
    probabilities, y = cv.out_of_fold[members].iloc[seen], np.asarray(y)[seen]
    weights = fit_blend(probabilities, y)
    if len(weights) < 2:
        return cv
    folds = thin_folds(folds, seen)
    p = blend_out_of_fold(probabilities, y, folds)
    rows = [
        {"candidate": BLEND, "fold": number, **_scores(y[test], p[test]), "seconds": np.nan}
        for number, (_, test) in enumerate(folds, start=1)
    ]
    out = cv.out_of_fold.assign(**{BLEND: np.nan})
    out.iloc[seen, -1] = p
    return CrossValidation(out, pd.concat([cv.table, pd.DataFrame(rows)], ignore_index=True), weights)


def _some(y, part, rows, seed) -> np.ndarray:
    part = np.asarray(part)
    return part[thin_rows(y[part], rows, seed)]


def _fit_predict(X, y, candidate, train, test):
    started = time.perf_counter()
    fitted = clone(candidate).fit(X.iloc[train], y[train])
    seconds = time.perf_counter() - started
    return fitted.predict_proba(X.iloc[test])[:, 1], seconds


def _scores(y, p) -> dict[str, float]:
    return {
        "roc_auc": float(roc_auc_score(y, p)),
        "average_precision": float(average_precision_score(y, p)),
        "log_loss": float(log_loss(y, p, labels=[0, 1])),
    }
