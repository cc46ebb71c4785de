"""The signature of a model: the columns it is given, in order, with what was seen in them."""

import json
from dataclasses import asdict, dataclass

from churn_mlops.errors import DataError, MissingColumns

MISSING = "(missing)"  # stands for a missing category, so that every engine treats it alike


@dataclass(frozen=True)
class Column:
    """One feature. Numbers have a range, categories their levels, both as seen in training."""

    name: str
    kind: str  # "number" or "category"
    categories: tuple[str, ...] | None = None  # sorted
    low: float | None = None
    high: float | None = None
    missing: float = 0.0  # share of rows, 0 to 1
    unit: str = ""


@dataclass(frozen=True)
class Signature:
    """What a model reads: the id, the snapshot date (empty without time) and the feature columns."""

    id: str
    snapshot_date: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """The features' names, in the order the model expects."""
        return [column.name for column in self.columns]

    def of_kind(self, kind: str) -> list[str]:
        """The names of the features of one kind."""
        return [column.name for column in self.columns if column.kind == kind]

    def to_json(self) -> str:
        """The signature as it stands beside the model."""
        return json.dumps(asdict(self), indent=2, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Signature":
        """The inverse of `to_json`."""
        raw = json.loads(text)
        columns = tuple(
            Column(**{**c, "categories": None if c["categories"] is None else tuple(c["categories"])})
            for c in raw["columns"]
        )
        return cls(raw["id"], raw["snapshot_date"], columns)


def make_signature(features, id: str, snapshot_date: str = "", units: dict[str, str] | None = None) -> Signature:
    """The signature of a table of features (training rows only, so that nothing of the test is in it)."""
    keys = {id, snapshot_date}
    columns = [_describe(features[name], (units or {}).get(name, "")) for name in features if name not in keys]
    if not columns:
        raise DataError(f"no column is left to learn from beside `{id}` and the target. Cure: `drop` fewer columns.")
    return Signature(id, snapshot_date, tuple(columns))


def _describe(column, unit: str) -> Column:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        filled = column.dropna()
        low, high = (float(filled.min()), float(filled.max())) if len(filled) else (None, None)
        missing = round(float(column.isna().mean()), 6)
        return Column(column.name, "number", None, low, high, missing, unit)
    filled = column.astype("str").fillna(MISSING)
    levels = tuple(sorted(set(filled)))
    return Column(column.name, "category", levels, missing=round(float((filled == MISSING).mean()), 6))


def conform(frame, signature: Signature):
    """The frame's features as the model expects them: float64 numbers, text categories, in order.

    The one door to a model: training, batch scoring and serving all pass through it. Raises
    MissingColumns for an absent feature and DataError for text where a number belongs.
    """
    missing = [name for name in signature.names if name not in frame.columns]
    if missing:
        raise MissingColumns(missing, "features", frame.columns)
    return frame[signature.names].assign(**{c.name: _conform_column(frame[c.name], c) for c in signature.columns})


def _conform_column(values, column: Column):
    import numpy as np

    if column.kind == "category":
        return values.astype("str").fillna(MISSING)
    try:
        return values.astype("float64").replace([np.inf, -np.inf], np.nan)
    except (TypeError, ValueError) as error:
        told = f"feature `{column.name}` holds what is not a number: {error}. Cure: give a number, or leave it empty."
        raise DataError(told) from None
