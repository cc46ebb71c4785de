"""The search: batches of trials until the budget is used."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from churn_mlops.errors import CheckError
from churn_mlops.models.search.asking import BATCH, ask_batch, searched
from churn_mlops.models.search.best import best_settings
from churn_mlops.models.search.budget import Budget
from churn_mlops.models.search.journal import Journal, search_key
from churn_mlops.models.search.pruning import limits
from churn_mlops.models.search.trial import COMPLETE, FAILED, Trial, run_trial
from churn_mlops.models.thinning import thin_folds, thin_rows
from churn_mlops.workers import run_all

FEW, MANY = 10_000, 30_000  # rows that a trial sees: in a search of seconds, and from a minute on
LEAVERS = 0.5  # share of them that may be leavers
ALWAYS = ("naive", "linear")  # finalists by which the others are judged
COLUMNS = (
    *("number", "batch", "family", "settings", "state", "folds", "roc_auc", "log_loss", "seconds"),
    *("best_so_far", "message"),
)


@dataclass(frozen=True)
class Search:
    """What was tried, and the best settings of each family."""

    trials: pd.DataFrame  # number, batch, family, settings (JSON), state, folds, roc_auc, log_loss, seconds, ...
    best: dict[str, dict]  # by family, in its order; of a family with nothing to choose, its only settings
    journal: Journal
    rows: int = 0  # that a trial saw

    def forget(self) -> None:
        """Remove the journal: the trials are kept elsewhere by now."""
        self.journal.forget()


def search(
    families: dict, X, y, folds, budget: Budget, seed: int = 0, journal: Path | None = None, rows: int = 0
) -> Search:
    """Try settings of all families on the folds, within the budget, and tell which are best by mean ROC AUC.

    Start settings come first, family by family; then each family gets the more trials the better its best one is,
    with settings near those that did well (Optuna's TPE). Trials are asked in batches of 8 and told in order, and
    one is given up after a fold when it is behind the median of earlier batches; so the same seed and number of
    trials give the same result on any number of workers. With `journal`, a folder, a killed search goes on where it
    was when it is called again with the same arguments, and ends as if nothing had been.

    With more than `rows` rows (0: 10,000, or 30,000 from a minute on) the trials see so many of them: leavers first,
    up to half of the sample, then others; rows stay in their folds, so customers stay apart. Log loss is that of the
    sample, and start settings, which are sized for all rows, stay unless others are better beyond noise.
    Raises CheckError when every trial has failed.
    """
    y = np.asarray(y)
    kept = thin_rows(y, rows or (MANY if budget.seconds >= 60 else FEW), seed, LEAVERS)
    folds = [(np.asarray(train), np.asarray(test)) for train, test in folds]
    sampled = len(kept) < len(y)
    if sampled:
        X, y, folds = X.iloc[kept], y[kept], thin_folds(folds, kept)
    record = Journal(journal, "" if journal is None else search_key(families, X, y, folds, seed))
    trials = _try_all(families, (X, y, folds), budget, seed, record) if searched(families) else []
    return Search(_table(trials), best_settings(families, trials, sampled=sampled), record, len(y))


def finalists(families: dict, found: Search, others: int = 2) -> dict:
    """Unfitted models by family, simplest first: naive, linear, and the best of so many others, each at its best.

    One of the first two of which no trial was complete comes with its default: nothing else is judged without them.
    """
    complete = found.trials[found.trials["state"] == COMPLETE]
    ranked = complete.groupby("family")["roc_auc"].max().sort_values(ascending=False, kind="stable").index
    chosen = (*ALWAYS, *[name for name in ranked if name not in ALWAYS][:others])
    settings = {name: found.best.get(name, family.start[0]) for name, family in families.items() if name in chosen}
    return {name: families[name].make(dict(best)) for name, best in settings.items()}


def _try_all(families, shared, budget, seed, record) -> list[Trial]:
    trials, rounds = record.read()
    folds = len(shared[2])
    while more := budget.left(len(trials), rounds):
        started = time.perf_counter()
        earlier, begun = _whole_batches(trials)
        asked = ask_batch(families, earlier, seed)[len(begun) :][:more]
        if not asked:
            break
        bounds = limits(earlier, folds)
        trials = trials + run_all(run_trial, [(one, families[one.family].make, bounds) for one in asked], shared)
        rounds = [*rounds, time.perf_counter() - started]
        record.write(trials, rounds)
        _check_any(trials)
    return trials[: budget.trials] if not budget.seconds else trials


def _whole_batches(trials) -> tuple[list[Trial], list[Trial]]:
    """The trials of finished batches, and those of one that a smaller budget had cut short."""
    whole = len(trials) // BATCH * BATCH
    return trials[:whole], trials[whole:]


def _check_any(trials) -> None:
    if all(trial.state == FAILED for trial in trials):
        first = trials[0]
        tried = f"{first.family} with {json.dumps(first.settings)}"
        raise CheckError(
            f"search: all {len(trials)} trials failed; needed is one that can be fitted. The first, {tried}: "
            f"{first.message}. Cure: look in 02_features at the columns it speaks of."
        )


def _table(trials: list[Trial]) -> pd.DataFrame:
    rows = [
        {
            "number": trial.number,
            "batch": trial.batch,
            "family": trial.family,
            "settings": json.dumps(trial.settings, sort_keys=True),
            "state": trial.state,
            "folds": len(trial.roc_auc),
            "roc_auc": trial.value,
            "log_loss": float(np.mean(trial.log_loss)) if trial.log_loss else np.nan,
            "seconds": trial.seconds,
            "best_so_far": np.nan,
            "message": trial.message,
        }
        for trial in trials
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["best_so_far"] = table["roc_auc"].where(table["state"] == COMPLETE).cummax().ffill()
    return table
