"""The moment that a run sees: the present, or, where a run is made again, that of the run before."""

import json
import os
from datetime import UTC, datetime

VARIABLE = "CHURN_MOMENT"  # set by `reproduce` alone, for the kernels: JSON with `now` and `last_data`
NOW, LAST_DATA = "now", "last_data"


def present() -> datetime:
    """Now, in UTC; raises ValueError where CHURN_MOMENT holds no moment."""
    given = told().get(NOW)
    return datetime.fromisoformat(given).astimezone(UTC) if given else datetime.now(UTC)


def told() -> dict:
    """What is to be seen in place of the present; empty as a rule."""
    return json.loads(os.environ.get(VARIABLE) or "{}")
