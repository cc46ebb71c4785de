"""The states of alerts, replayed from looks and changes, and the changes that are due by the rules.

An alert opens when enough of the last looks have seen it, and is over when enough looks in a row have not: neither one
odd look nor one quiet one changes what people are told. One that gets worse opens anew, whoever has acknowledged it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from churn_mlops.config import AlertRules
from churn_mlops.config.alerting import LONGEST
from churn_mlops.monitoring.alerting.alert import (
    ACKNOWLEDGED,
    OPEN,
    RANKS,
    RESOLVED,
    SEEN,
    STANDING,
    Alert,
    columns_of,
    is_same_cause,
)
from churn_mlops.monitoring.alerting.severity import number, severity_of, share_at_stake, worse


def replay(events: Iterable, rules: AlertRules) -> list[Alert]:
    """The alerts as the events of `registry.looks` leave them, those that are over first."""
    live, over = [], []
    for event in events:
        if event.findings is None:
            live, over = _changed(live, over, event)
        else:
            live = _looked(live, event, rules)
    return over + live


def settled(alerts: list[Alert], now: str, rules: AlertRules) -> tuple[list[Alert], list[Alert]]:
    """The alerts after the changes that are due, and those of them that change."""
    after = [_settle(alert, now, rules) for alert in alerts]
    return after, [new for old, new in zip(alerts, after, strict=True) if new != old]


def _settle(alert: Alert, now: str, rules: AlertRules) -> Alert:
    if alert.state == SEEN and _opens(alert, rules):
        return replace(alert, state=OPEN, id=_name(alert), told=alert.severity, opened=now)
    if alert.state in STANDING and alert.quiet >= rules.resolve_after:
        return replace(alert, state=RESOLVED, resolved=now)
    if alert.state in STANDING and not alert.quiet and RANKS[alert.severity] > RANKS.get(alert.told, 0):
        return replace(alert, state=OPEN, told=alert.severity, acknowledged_by=None, reason=None)
    return alert


def _opens(alert: Alert, rules: AlertRules) -> bool:
    urgent = not alert.quiet and {alert.severity, alert.told, alert.name} & set(rules.at_once)
    return bool(urgent) or alert.seen_in(rules.of_last)[0] >= rules.open_after


def _name(alert: Alert) -> str:
    """A short name, the same for whoever works it out from the same looks."""
    told = "\0".join((alert.name, *alert.columns, alert.version, str(len(alert.looks))))
    return hashlib.sha256(told.encode()).hexdigest()[:6]


def _looked(live: list[Alert], event, rules: AlertRules) -> list[Alert]:
    """The alerts after one more look: each seen or not, and those seen for the first time."""
    after, free = [_looked_at(alert, False) for alert in live], list(range(len(live)))
    for finding in event.findings:
        columns = columns_of(finding)
        place = next((n for n in free if is_same_cause(live[n], str(finding.get("name")), columns)), None)
        if place is None:
            after.append(_found(None, finding, columns, event, rules))
        else:
            free.remove(place)
            after[place] = _found(live[place], finding, columns, event, rules)
    return [alert for alert in after if alert.state != SEEN or any(alert.looks)]


def _looked_at(alert: Alert, seen: bool) -> Alert:
    return replace(alert, looks=(*alert.looks, seen)[-LONGEST:])


def _found(before: Alert | None, finding: dict, columns: tuple[str, ...], event, rules: AlertRules) -> Alert:
    """An alert after a look that has seen it; `told` holds what severity a new one was found with, until it opens."""
    money, found = number(finding.get("money")), str(finding.get("severity"))
    share = share_at_stake(money, event.expected)
    first = before or Alert("", (), SEEN, "", "", "", "", None, None, event.at[:10], (), "")
    return replace(
        _looked_at(first, True),
        name=str(finding.get("name")),
        columns=columns or first.columns,
        severity=severity_of(found, share, rules),
        message=str(finding.get("message") or ""),
        cause=str(finding.get("cause") or ""),
        cure=str(finding.get("cure") or ""),
        money=money,
        share=share,
        since=str(finding.get("since") or first.since),
        version=event.version,
        told=worse(first.told, found) if first.state == SEEN else first.told,
    )


def _changed(live: list[Alert], over: list[Alert], event) -> tuple[list[Alert], list[Alert]]:
    """The alerts after a change on record, which says itself which alert it is about."""
    told, state = event.change, event.change["state"]
    for place, alert in enumerate(live):
        if alert.id == told["alert"] or (
            not alert.id and is_same_cause(alert, told["name"], told.get("columns") or ())
        ):
            changed = _CHANGES[state](alert, event)
            rest = live[:place] + live[place + 1 :]
            return (rest, [*over, changed]) if state == RESOLVED else ([*rest, changed], over)
    return live, over


def _opened(alert: Alert, event) -> Alert:
    severity = event.change["severity"]
    opened, name = alert.opened or event.at, event.change["alert"]
    return replace(alert, state=OPEN, id=name, told=severity, opened=opened, acknowledged_by=None, reason=None)


_CHANGES = {
    OPEN: _opened,
    ACKNOWLEDGED: lambda a, e: replace(a, state=ACKNOWLEDGED, acknowledged_by=e.by, reason=e.change.get("reason")),
    RESOLVED: lambda a, e: replace(a, state=RESOLVED, resolved=e.at),
}
