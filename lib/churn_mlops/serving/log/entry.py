"""One prediction as the log has it."""

import os
from typing import NamedTuple


class Entry(NamedTuple):
    """A prediction; the names are those of the log's columns."""

    id: str  # the same for the champion and the shadow that was asked beside it
    at: int  # moment of the answer, microseconds since 1970, UTC
    dataset: str
    version: str
    digest: str
    role: str  # champion, shadow
    route: str
    customer: str | None
    probability: float
    decision: str
    seconds: float  # it took; of a batch the share of a row
    request: str  # JSON of the row as it was asked


def new_id() -> str:
    """The id of a prediction: `p` and 32 hexadecimal digits, drawn by chance."""
    return f"p{os.urandom(16).hex()}"
