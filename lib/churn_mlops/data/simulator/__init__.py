"""The embedded default data set: a subscription business whose customers' true risk of leaving is known."""

from churn_mlops.data.simulator.business import simulate
from churn_mlops.data.simulator.events import events
from churn_mlops.data.simulator.settings import SimulatorSettings

__all__ = ["SimulatorSettings", "events", "simulate"]
