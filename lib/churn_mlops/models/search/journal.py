"""The trials so far, in a file that survives a killed run."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator

from churn_mlops.archive.digest import digest_json, digest_table
from churn_mlops.archive.files import write_json
from churn_mlops.models.search.trial import Trial

OLDEST = 14 * 24 * 3600  # seconds after which nobody will come back for a search


class Journal:
    """The file of one search in a folder of such files, named by all that decides its trials; without one, nothing.

    It is written as a whole after each batch, so that it is the state before the batch or after it, and carries a
    digest: one that was torn or edited is no journal, and the search begins again.
    """

    def __init__(self, folder: Path | None, key: str):
        self.path = None if folder is None else Path(folder) / f"{key}.json"

    def read(self) -> tuple[list[Trial], list[float]]:
        """The trials, in order, and the seconds of each batch."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            if kept["digest"] != digest_json([kept["trials"], kept["rounds"]]):
                return [], []
        except (AttributeError, OSError, ValueError, KeyError, TypeError):
            return [], []
        return [_trial(one) for one in kept["trials"]], kept["rounds"]

    def write(self, trials: list[Trial], rounds: list[float]) -> None:
        """Keep the trials in place of those before."""
        if self.path is None:
            return
        plain = json.loads(json.dumps([asdict(trial) for trial in trials], default=_plain))
        write_json(self.path, {"digest": digest_json([plain, rounds]), "trials": plain, "rounds": rounds})

    def forget(self) -> None:
        """Remove the file, once its trials are kept elsewhere, and what others have left long ago."""
        if self.path is None:
            return
        self.path.unlink(missing_ok=True)
        for other in self.path.parent.glob("*.json"):
            _remove_old(other)


def search_key(families: dict, X, y, folds, seed: int) -> str:
    """A digest of all that decides which trials come and what they bring; not of how many."""
    from importlib.metadata import version

    described = [
        [name, *(vars(setting) for setting in family.space), family.start, _looks(family)]
        for name, family in families.items()
    ]
    table = pa.Table.from_pandas(X.reset_index(drop=True), preserve_index=False).append_column("", pa.array(X.index))
    rows = [[digest_table(pa.table({"rows": part})) for part in fold] for fold in folds]
    versions = [version(name) for name in ("scikit-learn", "optuna", "lightgbm", "numpy")]
    text = json.dumps([described, digest_table(table), np.asarray(y).tolist(), rows, versions, seed], default=_plain)
    return digest_json(text)


def _looks(family) -> str:
    """The estimator in words, by which another version of the family is told from this one."""
    try:
        made = family.make(dict(family.start[0]))
    except Exception:  # told by the trial
        return ""
    return made.__repr__(N_CHAR_MAX=100_000) if isinstance(made, BaseEstimator) else type(made).__name__


def _trial(kept: dict) -> Trial:
    return Trial(**{**kept, "roc_auc": tuple(kept["roc_auc"]), "log_loss": tuple(kept["log_loss"])})


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value.tolist()


def _remove_old(path: Path) -> None:
    import time

    if path.stat().st_mtime < time.time() - OLDEST:
        path.unlink(missing_ok=True)
