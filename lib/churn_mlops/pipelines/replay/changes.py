"""What is known to have changed, and from which look on it could be noticed."""

from collections.abc import Iterable
from dataclasses import asdict

from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.config.replaying import Change


def known_changes(definition: Definition, told: Iterable[Change], days: list[str]) -> list[dict] | None:
    """The changes that the policy file tells of and those of the simulator, by month, with `noticeable`.

    None where nobody has told and the data is not simulated: what has changed is then not known.

    The simulator knows when its events could be noticed at best. Of others it is the first day of looking that has any
    day after the change behind it; None where there is none, and for what looks like a change and is none.
    """
    told = list(told)
    if not told and definition.dataset.source != SIMULATOR:
        return None
    named = [{**asdict(change), "noticeable": _noticeable(change, days)} for change in told]
    return sorted([*named, *_simulated(definition)], key=lambda one: (one["month"], one["what"]))


def _simulated(definition: Definition) -> list[dict]:
    if definition.dataset.source != SIMULATOR:
        return []
    from churn_mlops.data import simulator

    settings = simulator.SimulatorSettings.from_dict(definition.simulator)
    return simulator.events(settings, definition.dataset.horizon_days)


def _noticeable(change: Change, days: list[str]) -> str | None:
    return next((day for day in days if day >= change.month), None) if change.real else None
