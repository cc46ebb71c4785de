"""Alerts for a reader."""

from churn_mlops.monitoring.alerting.alert import OPEN, RESOLVED
from churn_mlops.monitoring.alerting.wording import cost_text

NONE = "No alert is open."


def alerts_text(answer: dict) -> str:
    """The alerts of every dataset, then the channels that are behind."""
    if not answer["datasets"]:
        return "No run yet. Cure: python pipeline.py"
    return "\n\n".join(_dataset(name, one) for name, one in answer["datasets"].items())


def _dataset(name: str, one: dict) -> str:
    if one["looked"] is None:
        said = [f"{name}: not monitored yet"]
    else:
        said = [_alert(name, alert) for alert in one["alerts"]] or [f"{name}: {NONE}"]
    behind = [
        f"{name}: {channel}: {state['waiting']} waiting, tried {state['tries']} times: {state['error'] or 'not yet'}. "
        "Cure: python pipeline.py alerts send"
        for channel, state in one["channels"].items()
        if state["waiting"]
    ]
    return "\n\n".join([*said, *behind])


def _alert(dataset: str, alert: dict) -> str:
    head = " ".join(filter(None, (alert["id"], alert["state"], f"({alert['severity']})")))
    lines = [
        ("Since", f"{alert['since']}, {alert['sure']}"),
        ("Cause", alert["cause"] or "not known"),
        ("Cost", cost_text(alert["money"], alert["share"], alert["currency"])),
        ("Cure", alert["cure"] or "-"),
    ]
    if alert["acknowledged_by"]:
        lines.append(("Known to", f"{alert['acknowledged_by']}: {alert['reason']}"))
    lines.append(("Over", alert["resolved"]) if alert["state"] == RESOLVED else ("Next", alert["command"]))
    if alert["state"] == OPEN:
        lines.append(("Or", f"python pipeline.py alerts ack {alert['id']} --reason WHY"))
    told = [f"{dataset}: {head} {alert['name']}: {alert['message']}"]
    return "\n".join(told + [f"  {label:<9}{said}" for label, said in lines])
