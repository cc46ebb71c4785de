"""The alerts of one policy, look by look, by the rules and states of the pipeline's own."""

from dataclasses import asdict

from churn_mlops.config import AlertRules
from churn_mlops.monitoring.alerting.alert import OPEN, STANDING, Alert
from churn_mlops.monitoring.alerting.states import replay, settled
from churn_mlops.registry.looks import Event


class Watcher:
    """What one policy's looks have seen so far, and what became of it."""

    def __init__(self, rules: AlertRules):
        self.rules, self.events = rules, []

    def look(self, day: str, findings: list[dict], expected: float | None) -> list[Alert]:
        """The alerts that stand once this look has been taken in, oldest first."""
        self._add(day, findings=tuple(findings), expected=expected)
        after, due = settled(replay(self.events, self.rules), day, self.rules)
        for alert in due:
            self._add(day, change={"alert": alert.id, **asdict(alert)})
        return [alert for alert in after if alert.state in STANDING]

    def _add(self, day: str, findings=None, expected=None, change=None) -> None:
        n = len(self.events) + 1
        self.events.append(Event(n, day, "policy", day, findings, expected, change))


def alert_facts(alert: Alert, day: str) -> dict:
    """An alert as a replay tells of it; `new` on the day that it opened."""
    names = ("id", "name", "severity", "since", "state", "money")
    told = {name: getattr(alert, name) for name in names}
    return told | {"columns": list(alert.columns), "new": alert.state == OPEN and alert.opened == day}
