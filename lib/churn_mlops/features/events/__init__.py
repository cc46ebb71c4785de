"""From a log of events to what was known about each customer at snapshot dates, and what came of it."""

from churn_mlops.features.events.building import build_events
from churn_mlops.features.events.names import units_of

__all__ = ["build_events", "units_of"]
