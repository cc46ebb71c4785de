"""The fields of a request, from the model's signature: types, ranges, units, choices."""

import math
import sys
from dataclasses import dataclass

from churn_mlops.features.signature import MISSING, Signature
from churn_mlops.models.explaining import readable

MOST = sys.float_info.max


@dataclass(frozen=True)
class Field:
    """One feature as it may be asked: what is refused, and what is answered with a flag because none was seen."""

    name: str
    label: str  # in words
    kind: str  # "number", "category", "date"
    unit: str
    least: float  # a number below is refused; minus the largest number where any will do
    most: float  # and above
    low: float  # below, training has seen none
    high: float
    levels: tuple[str, ...]
    since: str  # for a date: the day from which it is counted
    missing: float  # share of the training rows without a value

    @property
    def rule(self) -> str:
        """What is expected, in words."""
        if self.kind == "category":
            return "a text or null"
        if self.kind == "date":
            return f"a day as YYYY-MM-DD, days since {self.since}, or null"
        if self.least <= -MOST:
            return "a number or null" if self.most >= MOST else f"a number, {self.most:g} or less, or null"
        upper = " or more" if self.most >= MOST else f" to {self.most:g}"
        return f"a number, {self.least:g}{upper}, or null"


def make_fields(signature: Signature, definition) -> list[Field]:
    """The fields in the order of the signature.

    A number must keep the bounds that the definition gives its column; where it gives none, and training has seen no
    number below 0 (months, amounts, counts), it must not be below 0 either.
    """
    return [_field(column, definition.columns.get(column.name)) for column in signature.columns]


def _field(column, declared) -> Field:
    label = readable(column.name, column.unit)
    if column.kind == "category":
        levels = tuple(level for level in column.categories or () if level != MISSING)
        return Field(column.name, label, "category", "", 0, 0, 0, 0, levels, "", column.missing)
    low = math.inf if column.low is None else column.low
    high = -math.inf if column.high is None else column.high
    least, most = (getattr(declared, end, None) for end in ("low", "high"))
    if column.since:
        return Field(column.name, label, "date", "", -MOST, MOST, low, high, (), column.since, column.missing)
    if least is None:
        least = 0.0 if column.low is not None and column.low >= 0 else -MOST
    most = MOST if most is None else most
    return Field(column.name, label, "number", column.unit, least, most, low, high, (), "", column.missing)
