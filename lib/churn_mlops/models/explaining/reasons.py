"""The strongest reasons for a row's score, in words."""

import numpy as np
import pandas as pd

from churn_mlops.features.signature import conform
from churn_mlops.models.explaining.contributions import Contributions, contributions
from churn_mlops.models.explaining.words import describe

LOWERS = ", lowers the risk"  # said of a reason to stay; the others are reasons to leave


def reasons(model, signature, X, top: int = 3) -> pd.DataFrame:
    """Of each row the `top` columns that move its log-odds most: reason_1, ... and contribution_1, ...

    A reason to stay says so ("tenure is high (60 months), lowers the risk") and has a contribution below 0. A reason
    is empty, with a contribution of 0, where no further column moves the score.
    """
    X = conform(X, signature)
    return reasons_of(contributions(model, X), signature, X, top)


def reasons_of(found: Contributions, signature, X, top: int = 3) -> pd.DataFrame:
    """The same of contributions that are already there; X as `conform` gives it."""
    known = {column.name: column for column in signature.columns}
    values, names = found.values.to_numpy(), list(found.values)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :top]
    words, moved = np.full((len(X), top), "", dtype=object), np.zeros((len(X), top))
    moved[:, : order.shape[1]] = np.take_along_axis(values, order, axis=1)
    for place in np.unique(order):
        row, rank = np.nonzero((order == place) & (moved[:, : order.shape[1]] != 0))
        words[row, rank] = _in_words(known[names[place]], X[names[place]].iloc[row], moved[row, rank])
    texts = {f"reason_{n + 1}": pd.Series(words[:, n], X.index, dtype="str") for n in range(top)}
    return pd.DataFrame(texts | {f"contribution_{n + 1}": moved[:, n] for n in range(top)}, index=X.index)


def breakdown(model, signature, X, top: int = 7) -> pd.DataFrame:
    """One customer (the first row of X) from the average to the score: what, contribution, log_odds, probability.

    The `top` strongest columns one by one, the others together; log_odds and probability are what has been reached.
    """
    X = conform(X.head(1), signature)
    found = contributions(model, X)
    told = reasons_of(found, signature, X, top).iloc[0]
    parts = [(told[f"reason_{n + 1}"], told[f"contribution_{n + 1}"]) for n in range(top)]
    parts = [(words.removesuffix(LOWERS), part) for words, part in parts if words]
    rest = float(found.log_odds[0] - found.base - sum(part for _, part in parts))
    steps = [("average customer", found.base), *parts, ("all other columns", rest)]
    table = pd.DataFrame(steps, columns=["what", "contribution"])
    table["log_odds"] = table["contribution"].cumsum()
    return table.assign(probability=1 / (1 + np.exp(-table["log_odds"])))


def _in_words(column, values, moved) -> list[str]:
    """Each value's words, made once for equal values."""
    code, kinds = pd.factorize(values, use_na_sentinel=False)
    told = [describe(column, value) for value in kinds]
    return [told[c] + (LOWERS if m < 0 else "") for c, m in zip(code, moved, strict=True)]
