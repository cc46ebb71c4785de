"""What the audit log tells of alerts, in order: looks, each with what monitoring found, and what became of alerts.

A look is a run whose monitoring was executed. A run that reused the last look's result adds nothing to it, and an
experiment's findings count for nobody. Light to import.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.models import PROMOTION, REGISTRATION, ROLLBACK
from churn_mlops.registry.registering import ALERT, RETRAINING, RUN


@dataclass(frozen=True)
class Event:
    """A look, or a change of one alert's state."""

    n: int  # of the record
    at: str
    by: str
    version: str  # the run
    findings: tuple[dict, ...] | None  # of a look; None for a change
    expected: float | None  # profit that the champion's evaluation promised for so many customers, where it is known
    change: dict | None = None  # the facts of a change


def read_looks(records: Iterable[Record]) -> list[Event]:
    """The looks and changes that a log holds."""
    events, profits, expected, last = [], {}, None, None
    for run, rest in _grouped(records):
        told = {record.kind: record.facts for record in reversed(rest)}
        models = (record.facts for record in rest if record.kind == REGISTRATION)
        profits |= {model["version"]: _promise(model) for model in models}
        look = run and _looked(run.facts, told)
        if look and look != last:
            findings = tuple(r.facts for r in rest if r.kind == ALERT and "state" not in r.facts)
            version = run.facts["version"]
            promised = profits.get(version) if expected is None else expected
            for_these = _of_customers(promised, run.facts.get("customers"))
            events.append(Event(run.n, run.at, run.by, version, findings, for_these))
        last = look or last
        for record in rest:
            if record.kind in (PROMOTION, ROLLBACK) and record.facts.get("version"):
                expected = profits.get(record.facts["version"])
            if record.kind == ALERT and "state" in record.facts:
                events.append(_changed(record, _of_customers(expected, None)))
    return events


def _promise(model: dict) -> tuple[float | None, int | None]:
    """The profit of a model's evaluation, and over how many rows."""
    return (model.get("metrics") or {}).get("profit"), model.get("test_rows")


def _of_customers(promise: tuple | None, customers: int | None) -> float | None:
    """The promise for the customers of one look: an evaluation may be of several months. Old records tell no rows."""
    profit, rows = promise or (None, None)
    return profit * customers / rows if profit is not None and customers and rows else profit


def _changed(record: Record, expected: float | None) -> Event:
    return Event(record.n, record.at, record.by, record.facts["version"], None, expected, record.facts)


def _grouped(records: Iterable[Record]):
    """Each run with the records up to the next run; None with those before the first."""
    run, rest = None, []
    for record in records:
        if record.kind == RUN:
            yield run, rest
            run, rest = record, []
        else:
            rest.append(record)
    yield run, rest


def _looked(run: dict, told: dict) -> str | None:
    """The run that made this one's findings; older records do not name it, but a decision about retraining follows."""
    if run.get("experiment"):
        return None
    if "look" in run:
        return run["look"]
    decided = told.get(RETRAINING) or {}
    return run["version"] if decided.get("version") == run["version"] and "rules" not in decided else None
