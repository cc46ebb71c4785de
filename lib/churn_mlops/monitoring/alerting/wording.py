"""An alert in words: what, since when, how sure, why, what it may cost, and which command comes next."""

import re

from churn_mlops.config import AlertRules
from churn_mlops.monitoring.alerting.alert import ACKNOWLEDGED, OPEN, SEEN, Alert

_PIPELINE = "python pipeline.py"
_COMMAND = re.compile(rf"{re.escape(_PIPELINE)}(?: (?:(?!\. )[^;,])+)?")
_LONGEST = 600  # characters of a part of a message


def describe_alert(alert: Alert, rules: AlertRules, again: str, currency: str = "") -> dict:
    """An alert as plain values; `again` is the command that runs this dataset's pipeline again."""
    seen, looks = alert.seen_in(rules.of_last)
    return {
        "id": alert.id or None,
        "state": alert.state,
        "name": alert.name,
        "columns": list(alert.columns),
        "severity": alert.severity,
        "message": alert.message,
        "since": alert.since,
        "sure": _sure(alert, seen, looks, rules),
        "cause": alert.cause,
        "money": alert.money,
        "share": alert.share,
        "currency": currency,
        "cure": alert.cure,
        "command": next_command(alert, again),
        "version": alert.version,
        "page": f"{alert.version}/index.html#monitoring",
        "opened": alert.opened,
        "resolved": alert.resolved,
        "acknowledged_by": alert.acknowledged_by,
        "reason": alert.reason,
    }


def _sure(alert: Alert, seen: int, looks: int, rules: AlertRules) -> str:
    """How often it was seen, and what would change its state."""
    told = f"seen in {'the only look' if looks == 1 else f'{seen} of the last {looks} looks'}"
    if alert.state == SEEN:
        return f"{told}; opens once {rules.open_after} of {rules.of_last} have seen it"
    if alert.state in (OPEN, ACKNOWLEDGED) and alert.quiet:
        return f"{told}; not in the last {alert.quiet}, over after {rules.resolve_after} such"
    return told


def next_command(alert: Alert, again: str) -> str:
    """The command that the cure names; where it names the pipeline alone or none, that of this dataset, or the page."""
    found = _COMMAND.search(alert.cure)
    command = found[0].rstrip(" .") if found else ""
    if command == _PIPELINE:
        return again
    return command or f"{_PIPELINE} show {alert.version}"


def cost_text(money: float | None, share: float | None, currency: str) -> str:
    """What an alert may cost, or that nobody can tell."""
    if money is None:
        return "What it costs is not known."
    part = f", {share:.0%} of the expected profit" if share is not None else ""
    return f"It may cost about {abs(money):,.0f} {currency}".rstrip() + f"{part}."


def title_of(dataset: str, changes: list[dict]) -> str:
    """The first line of a message about changes of alerts, which are what the audit log has of each."""
    if len(changes) > 1:
        return plain(f"[{dataset}] {len(changes)} alerts: {', '.join(one['name'] for one in changes)}")
    (one,) = changes
    return plain(f"[{dataset}] {_word(one)}: {one['name']}")


def body_of(changes: list[dict], repeated: bool = False) -> str:
    """The message itself, plain text; `repeated` where it may have been sent before."""
    parts = ["\n".join(map(plain, _lines(one))) for one in changes]
    if repeated:
        parts.append("This may have been sent before: a process was killed while it sent it.")
    return "\n\n".join(parts)


def _word(one: dict) -> str:
    return one["severity"] if one["state"] == OPEN else one["state"]


def _lines(one: dict):
    yield f"{_word(one)}: {one['message']}"
    if one["state"] == ACKNOWLEDGED:
        yield f"Acknowledged by {one['by']}: {one.get('reason')}"
    yield f"Since {one.get('since')}, {one.get('sure')}."
    if one["state"] == OPEN:
        yield f"Likely cause: {one.get('cause') or 'not known.'}"
        yield cost_text(one.get("money"), one.get("share"), one.get("currency") or "")
        yield f"Cure: {one.get('cure') or 'not known.'}"
        yield f"Next: {one.get('command')}"
        yield f"Known already? {_PIPELINE} alerts ack {one['alert']} --reason WHY"
    yield f"Page: runs/{one.get('page')}"


def plain(text: str) -> str:
    """One line of printable characters, of bearable length: names of columns come from the data."""
    line = "".join(c if c.isprintable() else " " for c in str(text))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
