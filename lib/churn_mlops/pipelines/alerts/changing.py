"""Changes of alerts, put on record: those that are due after a look, and acknowledgements by people."""

from pathlib import Path

from churn_mlops.archive.versions import read_manifest
from churn_mlops.config import AlertRules
from churn_mlops.errors import ActRefused, ChurnError
from churn_mlops.monitoring.alerting.alert import ACKNOWLEDGED, OPEN, Alert
from churn_mlops.monitoring.alerting.wording import describe_alert
from churn_mlops.registry.acts import checked_reason
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.identity import require_who
from churn_mlops.registry.ledger import Ledger, open_ledger
from churn_mlops.registry.registering import ALERT, record_runs
from churn_mlops.reports.currency import currency
from churn_mlops.reports.verdicts import next_command
from churn_mlops.serving.alerts import Standing, stand

_SHOWS = "python pipeline.py alerts shows those that are open"


def record_with_alerts(runs: Path, dataset: str, rules: AlertRules | None = None) -> None:
    """Put runs on record, and which alerts have opened, got worse or are over by them.

    Whoever else does so at once finds it done. The log is read once: in a long one that takes longest.
    """
    record_runs(runs, dataset, then=lambda ledger: _settle(ledger, stand(runs, dataset, ledger.records, rules), runs))


def _settle(ledger: Ledger, standing: Standing, runs: Path) -> list[Record]:
    entries = [(ALERT, _facts(alert, standing.rules, runs)) for alert in standing.due]
    return ledger.add(entries)[-len(entries) :] if entries else []


def acknowledge(runs: Path, dataset: str, name: str, reason: str) -> Record:
    """Put on record that somebody knows of an alert, and why nothing more is to be said of it.

    `name` is its id or the beginning of it. Raises ActRefused where no one open alert has it.
    """
    by = require_who(f"alerts ack {name}")
    reason = checked_reason("alerts ack", name, reason)
    with open_ledger(runs, dataset) as ledger:
        standing = stand(runs, dataset, ledger.records)
        alert = _one(standing.alerts, name)
        _settle(ledger, standing, runs)
        facts = _facts(alert, standing.rules, runs) | {"state": ACKNOWLEDGED, "by": by, "reason": reason}
        return ledger.add([(ALERT, facts)], by)[-1]


def _one(alerts: list[Alert], name: str) -> Alert:
    found = [alert for alert in alerts if alert.id and alert.id.startswith(name)]
    if len(found) != 1:
        seen = f"{len(found)} alerts have an id that begins so" if found else "no alert has this id"
        raise ActRefused("alerts ack", name, seen, _SHOWS)
    if found[0].state != OPEN:
        told = f"by {found[0].acknowledged_by}" if found[0].state == ACKNOWLEDGED else f"on {found[0].resolved}"
        raise ActRefused("alerts ack", name, f"it is {found[0].state} already, {told}", _SHOWS)
    return found[0]


def _facts(alert: Alert, rules: AlertRules, runs: Path) -> dict:
    """What a change has on record: all that its message will say."""
    told = describe_alert(alert, rules, again(runs, alert.version), currency(Path(runs) / alert.version))
    left_out = ("id", "opened", "resolved", "acknowledged_by", "reason")
    return {"alert": alert.id, **{key: value for key, value in told.items() if key not in left_out}}


def again(runs: Path, version: str) -> str:
    """The command that runs the pipeline of that run's dataset again."""
    try:
        return next_command(read_manifest(runs, version))
    except (ChurnError, OSError, ValueError):
        return next_command({})
