"""The alerts of a dataset as they stand by its audit log: what status, the service and the runner ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.versions import now as present
from churn_mlops.config import AlertRules, read_alert_rules
from churn_mlops.errors import ChurnError
from churn_mlops.monitoring.alerting.alert import ACKNOWLEDGED, OPEN, RANKS, Alert
from churn_mlops.monitoring.alerting.exposition import Gauge, exposition
from churn_mlops.monitoring.alerting.outbox import OUTBOX, read_outbox
from churn_mlops.monitoring.alerting.states import replay, settled
from churn_mlops.registry.audit.log import LOG, scan
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.looks import read_looks
from churn_mlops.registry.pointer import registry_folder


@dataclass(frozen=True)
class Standing:
    """The alerts of a dataset, those that need somebody first, and the rules that they stand by."""

    alerts: list[Alert]
    due: list[Alert]  # of them, those whose present state is not on record yet
    rules: AlertRules
    looked: str | None  # run of the last look; None where nothing was looked at yet


def stand(runs: Path, dataset: str, records: Iterable[Record], rules: AlertRules | None = None) -> Standing:
    """How alerts stand by these records; `rules` None: those that the last look was made with."""
    events = read_looks(records)
    looked = next((event.version for event in reversed(events) if event.findings is not None), None)
    rules = rules or rules_of(runs, dataset, looked)
    alerts, due = settled(replay(events, rules), present(), rules)
    return Standing(sorted(alerts, key=_urgency), due, rules, looked)


def rules_of(runs: Path, dataset: str, version: str | None) -> AlertRules:
    """The rules that a run was made with; the usual ones where it has none, or is gone."""
    try:
        return (version and read_alert_rules(Path(runs) / version / "config.toml", dataset)) or AlertRules()
    except ChurnError:
        return AlertRules()


def _urgency(alert: Alert):
    states = (OPEN, ACKNOWLEDGED)
    place = states.index(alert.state) if alert.state in states else len(states)
    return place, -RANKS[alert.severity], -(alert.share or 0), alert.since


def alert_gauges(runs: Path, datasets: Iterable[str]) -> list[Gauge]:
    """What Prometheus is told of the alerts of these datasets, and of the channels that are behind."""
    counts = Gauge("churn_alerts", "Alerts by state and severity.")
    days = Gauge("churn_alert_since_timestamp_seconds", "Day since when an alert stands.")
    money = Gauge("churn_alert_money", "Estimated effect on profit of an alert, in the currency of its dataset.")
    waiting = Gauge("churn_alert_messages_waiting", "Messages that a channel has not taken yet.")
    failures = Gauge("churn_alert_channel_failures", "Times in a row that a channel has failed.")
    for dataset in datasets:
        folder = registry_folder(runs, dataset)
        alerts = [a for a in stand(runs, dataset, scan(folder).records).alerts if a.state in (OPEN, ACKNOWLEDGED)]
        for state in (OPEN, ACKNOWLEDGED):
            for severity in RANKS:
                count = sum(a.state == state and a.severity == severity for a in alerts)
                counts.samples.append(({"dataset": dataset, "state": state, "severity": severity}, count))
        for alert in alerts:
            labels = {"dataset": dataset, "id": alert.id, "name": alert.name, "severity": alert.severity}
            days.samples.append((labels, _seconds(alert.since)))
            money.samples.append((labels, alert.money))
        for channel, told in read_outbox(folder).items():
            labels = {"dataset": dataset, "channel": channel}
            waiting.samples.append((labels, len(told["waiting"])))
            failures.samples.append((labels, told["tries"]))
    return [counts, days, money, waiting, failures]


def alerts_state(runs: Path, dataset: str) -> tuple:
    """What changes when anything about the alerts of a dataset does: for who asks often."""
    paths = [registry_folder(runs, dataset) / name for name in (LOG, OUTBOX)]
    found = [path.stat() if path.is_file() else None for path in paths]
    return (dataset, *((one.st_size, one.st_mtime_ns) if one else None for one in found))


def alert_metrics(runs: Path, datasets: Iterable[str]) -> str:
    """The gauges as text, for a service that shows them beside its own."""
    return exposition(alert_gauges(runs, datasets))


def _seconds(day: str) -> float | None:
    from datetime import UTC, datetime

    try:
        return datetime.fromisoformat(f"{day}-01"[:10]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
