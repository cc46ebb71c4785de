"""The money at stake, customer by customer where the definition names columns for it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.config import ASSUMPTIONS, misnamed
from churn_mlops.errors import DataError


@dataclass(frozen=True)
class Stakes:
    """Value, cost and success rate of each row: a number for all, or an array in the rows' order.

    NaN where the column has no value: whether an offer pays is not known there, so none is made.
    """

    value_kept: float | np.ndarray
    offer_cost: float | np.ndarray
    success_rate: float | np.ndarray
    currency: str = "EUR"


def stakes(money, X) -> Stakes:
    """The money of the rows of `X`, with each column that `[money]` names taken from it.

    Raises DataError for a column that is not among the features, is no number or is empty throughout, for a
    value below 0, and for a success rate above 1. A value of 0 is one: that customer is never worth an offer.
    """
    taken = {key: _taken(key, getattr(money, key), X) for key in ASSUMPTIONS}
    return Stakes(**taken, currency=money.currency)


def by_customer(money) -> bool:
    """Whether any of the assumptions differs between customers."""
    return any(np.ndim(getattr(money, key)) for key in ASSUMPTIONS)


def numbers(money) -> tuple:
    """(value, cost, success rate), each a number or an array; raises DataError while columns are only named."""
    held = tuple(getattr(money, key) for key in ASSUMPTIONS)
    if named := [value for value in held if isinstance(value, str)]:
        listed = ", ".join(f"`{name}`" for name in named)
        raise DataError(f"[money] names {listed}, which have not been looked up. Cure: money = stakes(money, X).")
    return held


def _taken(key: str, value, X):
    if not isinstance(value, str):
        return value
    numbers = [str(name) for name in X if pd.api.types.is_numeric_dtype(X[name])]
    if wrong := misnamed(key, value, numbers, others=X):
        raise DataError(wrong)
    held = X[value].to_numpy(dtype=float, na_value=np.nan)
    _check(key, value, held)
    return held


def _check(key: str, name: str, held) -> None:
    highest = 1.0 if key == "success_rate" else np.inf
    wanted = "a share, 0 to 1" if key == "success_rate" else "0 or more"
    wrong = np.flatnonzero((held < 0) | (held > highest) | np.isinf(held))
    if len(wrong):
        raise DataError(
            f"[money] `{key}` is column `{name}`: {held[wrong[0]]:g} in row {wrong[0]} ({len(wrong):,} such rows); "
            f"expected {wanted}. Cure: correct them at the source, bound them in [columns], or give a number for all."
        )
    if len(held) and np.isnan(held).all():
        raise DataError(
            f"[money] `{key}` is column `{name}`, which is empty in all {len(held):,} rows. Cure: give one number."
        )
