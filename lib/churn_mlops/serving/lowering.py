"""What would lower a customer's risk most, as the model sees it: one column set to another value at a time."""

import math

from churn_mlops.features.signature import MISSING
from churn_mlops.models.explaining import readable
from churn_mlops.models.explaining.words import amount, plain
from churn_mlops.serving.answering import Answering

LEAST = 0.001  # of probability: what lowers it by less is not told


def lower_risk(answering: Answering, values: list, p: float, top: int = 3) -> list[dict]:
    """The columns that could lower the probability most: from, to, and the probability there; largest drop first.

    Each column alone, set to its levels or the deciles of training: what the model would say of another customer who
    differs in that alone. It is no promise that changing it changes the mind. Where the definition names levers, no
    other column is tried: nobody can change what has been.
    """
    levers = answering.definition.dataset.levers
    tried = [
        (place, value)
        for place, column in enumerate(answering.signature.columns)
        if not levers or column.name in levers
        for value in _choices(column)
        if value != values[place]
    ]
    found = answering.each([[*values[:place], value, *values[place + 1 :]] for place, value in tried])
    best: dict[int, tuple] = {}
    for (place, value), q in zip(tried, found, strict=True):
        if p - q > LEAST and q < best.get(place, (p,))[0]:
            best[place] = (q, place, value)
    chosen = sorted(best.values(), key=lambda one: one[0])[:top]
    return [_told(answering.signature.columns[place], values[place], value, q) for q, place, value in chosen]


def _choices(column) -> list:
    """The values that a column is tried with; being unknown is none of them."""
    if column.kind == "category":
        return [level for level in column.categories or () if level != MISSING][:50]
    return sorted(set(column.deciles or ()))


def _told(column, value, other, q: float) -> dict:
    name = readable(column.name, column.unit)
    told = [_shown(column, one) for one in (value, other)]
    return {"field": column.name, "label": name, "from": told[0], "to": told[1], "probability": q}


def _shown(column, value) -> str:
    if column.kind == "category":
        return "no value" if value == MISSING else plain(value)
    return "no value" if math.isnan(value) else amount(column, value)
