"""What a search has tried, as a reader wants to see it."""

import json

import pandas as pd

from churn_mlops.models.search.searching import Search
from churn_mlops.models.search.trial import COMPLETE


def leaders(found: Search, count: int = 6) -> pd.DataFrame:
    """The complete trials that ranked best, highest ROC AUC first, their settings as `name value, ...`."""
    complete = found.trials[found.trials["state"] == COMPLETE].nlargest(count, "roc_auc", keep="first")
    shown = complete[["number", "family", "roc_auc", "log_loss"]].round(4)
    return shown.assign(settings=complete["settings"].map(_in_words)).reset_index(drop=True)


def _in_words(settings: str) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in json.loads(settings).items())


def _short(value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
