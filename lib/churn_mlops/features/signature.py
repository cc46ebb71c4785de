"""The signature of a model: the columns it is given, in order, with what was seen in them."""

import json
from dataclasses import asdict, dataclass, replace

from churn_mlops.archive.parsing import parse_json
from churn_mlops.errors import DataError, MissingColumns

MISSING = "(missing)"  # stands for a missing category, so that every engine treats it alike
EPOCH = "2000-01-01"  # dates are days since then: fixed, so that a date is the same number in every table and alone


@dataclass(frozen=True)
class Column:
    """One feature. Numbers have a range, categories their levels, both as seen in training; a date is a number."""

    name: str
    kind: str  # "number" or "category"
    categories: tuple[str, ...] | None = None  # sorted
    low: float | None = None
    high: float | None = None
    missing: float = 0.0  # share of rows, 0 to 1
    unit: str = ""
    since: str = ""  # for a date: the day, YYYY-MM-DD, from which its days are counted
    deciles: tuple[float, ...] | None = None  # of a number: eleven, from the lowest to the highest


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
        raw = parse_json(text, "signature.json")
        columns = tuple(
            Column(**{name: tuple(value) if isinstance(value, list) else value for name, value in column.items()})
            for column in raw["columns"]
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

    if pd.api.types.is_datetime64_any_dtype(column):
        return replace(_describe(_days(column, EPOCH), f"days since {EPOCH}"), since=EPOCH)
    if pd.api.types.is_numeric_dtype(column):
        filled = column.dropna()
        deciles = _deciles(filled)
        low, high = (deciles[0], deciles[-1]) if deciles else (None, None)
        missing = round(float(column.isna().mean()), 6)
        return Column(column.name, "number", None, low, high, missing, unit, deciles=deciles)
    filled = column.astype("str").fillna(MISSING)
    levels = tuple(sorted(set(filled)))
    return Column(column.name, "category", levels, missing=round(float((filled == MISSING).mean()), 6))


def _deciles(filled) -> tuple[float, ...] | None:
    """The values below which lie 0, 10, ... 100% of a column's; None where it has none."""
    import numpy as np

    if not len(filled):
        return None
    return tuple(np.quantile(filled.to_numpy(dtype=float), np.arange(11) / 10, method="lower").tolist())


def conform(frame, signature: Signature):
    """The frame's features as the model expects them: float64 numbers, text categories, in order.

    The one door to a model: training, batch scoring and serving all pass through it, and each value of a row
    depends on that row alone. A date may be a date, its text (ISO 8601) or already days. Raises MissingColumns
    for an absent feature and DataError for text where a number or a date belongs.
    """
    missing = [name for name in signature.names if name not in frame.columns]
    if missing:
        raise MissingColumns(missing, "features", frame.columns)
    return frame[signature.names].assign(**{c.name: _conform_column(frame[c.name], c) for c in signature.columns})


def _conform_column(values, column: Column):
    import numpy as np

    if column.kind == "category":
        return _as_text(values).fillna(MISSING)
    try:
        if column.since and _holds_dates(values):
            return _days(values, column.since)
        return values.astype("float64").replace([np.inf, -np.inf], np.nan)
    except (TypeError, ValueError) as error:
        what = "date" if column.since else "number"
        told = f"feature `{column.name}` holds what is not a {what}: {error}. Cure: give a {what}, or leave it empty."
        raise DataError(told) from None


def _as_text(values):
    """Categories as text; truths, as a request may hold them, as the yes and no that training made of them."""
    import pandas as pd

    inferred = pd.api.types.infer_dtype(values, skipna=True)
    return (values.map({True: "yes", False: "no"}) if inferred == "boolean" else values).astype("str")


def _holds_dates(values) -> bool:
    """Whether there are dates or texts to read, and not days or nothing at all."""
    import pandas as pd

    return pd.api.types.infer_dtype(values, skipna=True) in ("datetime64", "datetime", "date", "string")


def _days(values, since: str):
    """Whole days from `since` to each date, UTC; NaN where there is none."""
    import pandas as pd

    moments = pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    unread = moments.isna() & values.notna()
    if unread.any():
        raise ValueError(f"{values[unread].iloc[0]!r}, expected like 2024-01-31")
    return (moments - pd.Timestamp(since)).dt.days.astype("float64")
