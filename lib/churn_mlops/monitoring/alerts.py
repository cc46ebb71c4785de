"""Alerts: one a cause, not one a check; each says what, why, and which command to run next."""

import json
import math
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from churn_mlops.monitoring.fallen import lost_profit, shortcomings
from churn_mlops.monitoring.freshness import Freshness
from churn_mlops.monitoring.performance import ALL, newest_measured

if TYPE_CHECKING:
    import pandas as pd

    from churn_mlops.monitoring.domain import DomainDrift
    from churn_mlops.monitoring.scores import ScoreDrift
    from churn_mlops.monitoring.service import Service

FEED_BROKEN, INPUTS_MOVED, SCORES_MOVED = "feed broken", "inputs moved", "scores moved"
NEW_CATEGORIES, PERFORMANCE_FELL = "new categories", "performance fell"
DATA_OLD, CHAMPION_OLD, SERVICE_ILL = "data old", "champion old", "service"  # the last with what ails it
SEVERITIES = ("high", "medium", "low")
_NAMED = 5  # columns named in a message


@dataclass(frozen=True)
class Alert:
    """Something a person should know about a serving model."""

    name: str  # the kind of cause, one of the names above
    severity: str  # low, medium or high
    message: str  # what was seen
    cause: str  # what most likely lies behind it
    cure: str  # what to do, with the command to run next
    money: float | None = None  # what it may cost, in the money's currency, 0 or more; None: not known
    since: str | None = None  # day, or month, from which it has held as far as is known


@dataclass(frozen=True)
class AlertLimits:
    """What is too much."""

    reference_roc_auc: float = math.nan  # of the champion's evaluation; NaN: not compared
    max_roc_auc_drop: float = 0.03  # below the reference
    reference_precision: float = math.nan  # of the champion's evaluation; NaN: not compared
    max_false_alarm_ratio: float = 2.0  # false alarms for each leaver found, against the evaluation's
    max_rate_ratio: float = 1.5  # between observed and expected churn, either way
    max_missing_rise: float = 0.2  # share of rows: above it, a column has stopped arriving
    max_new_share: float = 0.01  # share of rows with a category that the model never saw


def make_alerts(
    drift: "pd.DataFrame | None",
    score_drift: "ScoreDrift | None",
    freshness: Freshness | None,
    performance: "pd.DataFrame | None",
    limits: AlertLimits | None = None,
    *,
    domain: "DomainDrift | None" = None,
    service: "Service | None" = None,
    day: str | None = None,
    ignore: Collection[str] = (),
    command: str = "python pipeline.py",
) -> list[Alert]:
    """The alerts of one look at a model, what costs most first; what is None was not looked at.

    `drift` may have the columns of `effect.effect_table`: then what the model does not use is not alarmed, and each
    alert knows what it may cost. `domain` speaks where no column moved by itself. `day` is that of the customers
    looked at; `ignore` names columns that move with the calendar by their nature (month of the year); `command`
    is the run that trains on newer data. Columns that have stopped arriving are told apart from columns
    that moved; scores, and other columns, that moved with them are told in the same alert.
    """
    limits = limits or AlertLimits()
    columns = [] if drift is None else drift.to_dict("records")
    columns = [c for c in columns if c["column"] not in ignore and c.get("used") is not False]
    found = [
        *(replace(alert, since=day) for alert in _input_alerts(columns, score_drift, domain, limits, command)),
        _performance_alert(performance, limits, command),
        _service_alert(service),
        _old(DATA_OLD, "medium", freshness and freshness.data, f"Bring newer data, then run: {command}"),
        _old(CHAMPION_OLD, "low", freshness and freshness.champion, command),
    ]
    return sorted(filter(None, found), key=lambda alert: (-(alert.money or 0), SEVERITIES.index(alert.severity)))


def alerts_to_json(alerts: Iterable[Alert]) -> list[dict]:
    """The alerts as JSON values, as `alerts.json` and the manifest hold them."""
    return [asdict(alert) for alert in alerts]


def alerts_from_json(values: str | list[dict]) -> list[Alert]:
    """The inverse of `alerts_to_json`, also from its text."""
    return [Alert(**value) for value in (json.loads(values) if isinstance(values, str) else values)]


def _input_alerts(columns, scores, domain, limits, command) -> list[Alert]:
    moved = sorted((c for c in columns if c["verdict"] == "moved"), key=lambda c: -(_cost([c]) or 0))
    broken = [c for c in moved if c["missing_now"] - c["missing_before"] > limits.max_missing_rise]
    shifted = [column for column in moved if column not in broken]
    new = [c for c in columns if c not in moved and c["new_share"] > limits.max_new_share]
    inputs = _feed_alert(broken, shifted, scores, command) or _inputs_alert(shifted, scores, command)
    together = inputs or _scores_alert(scores, command) or _domain_alert(domain, command)
    found = [together, _new_alert(new, command)]
    return [alert for alert in found if alert]


def _feed_alert(broken, shifted, scores, command) -> Alert | None:
    """What else moved is told here: often it was computed from what is missing; if not, it alarms after the repair."""
    if not broken:
        return None
    seen = _listed(broken, lambda c: f"{c['missing_before']:.0%} missing before, {c['missing_now']:.0%} now")
    also = f" Perhaps for that reason {_count(shifted, 'moved')}: {_listed(shifted, _how_far)}." if shifted else ""
    return Alert(
        FEED_BROKEN,
        "high",
        f"{_count(broken, 'stopped arriving')}: {seen}.{also}{_effect(scores)}",
        "A source that is broken or was renamed, not a change in customers.",
        f"Repair the source and do not train on these rows; then run: {command}",
        _cost([*broken, *shifted]),
    )


def _inputs_alert(shifted, scores, command) -> Alert | None:
    if not shifted:
        return None
    stable = scores is not None and scores.verdict == "stable"
    return Alert(
        INPUTS_MOVED,
        "low" if stable else "medium",
        f"{_count(shifted, 'moved')}: {_listed(shifted, _how_far)}.{_effect(scores)}",
        "Customers, prices or plans have changed, or a column is computed in another way than before.",
        f"Look at these columns in 06_monitor; if the change is real, train on newer data: {command}",
        _cost(shifted),
    )


def _domain_alert(domain, command) -> Alert | None:
    """Columns that changed in how they go together; the scores did not move, so it is worth a look only."""
    if domain is None or domain.verdict != "moved":
        return None
    named = ", ".join(f"`{name}` ({share:.0%})" for name, share in domain.columns.items())
    return Alert(
        INPUTS_MOVED,
        "low",
        "No column moved by itself, yet a classifier tells rows of now from the reference: ROC AUC "
        f"{domain.roc_auc:.2f}, within the reference {domain.own:.2f}. It goes by {named}.",
        "How columns go together has changed: another mix of customers, or a column computed in another way.",
        f"Look at these columns in 06_monitor; if the change is real, train on newer data: {command}",
    )


def _scores_alert(scores, command) -> Alert | None:
    if scores is None or scores.verdict != "moved":
        return None
    return Alert(
        SCORES_MOVED,
        "medium",
        f"No input moved by itself.{_effect(scores)}",
        "Several inputs changed a little, together; or scores are compared with those of another model.",
        f"Look at drift and scores in 06_monitor, then train on newer data: {command}",
    )


def _new_alert(columns, command) -> Alert | None:
    if not columns:
        return None
    seen = _listed(columns, lambda c: f"{c['new_categories']}; {c['new_share']:.1%} of rows")
    return Alert(
        NEW_CATEGORIES,
        "low",
        f"{_count(columns, 'brought categories that the model never saw')}: {seen}.",
        "A new plan, market or spelling.",
        f"Correct the spelling at the source, or train on data that hold them: {command}",
    )


def _performance_alert(performance, limits, command) -> Alert | None:
    newest = newest_measured(performance)
    facts = [] if newest is None else shortcomings(performance, newest, limits)
    if not facts:
        return None
    return Alert(
        PERFORMANCE_FELL,
        "high",
        f"Month {newest['month']}, {newest['rows']:.0f} customers whose labels are in: {'; '.join(facts)}.",
        "What makes customers leave has changed since the champion was trained.",
        f"Train on newer data: {command}",
        lost_profit(newest),
        None if newest["month"] == ALL else str(newest["month"]),
    )


def _service_alert(service) -> Alert | None:
    if service is None or service.verdict not in _AILMENTS:
        return None
    severity, cause, cure = _AILMENTS[service.verdict]
    return Alert(f"{SERVICE_ILL} {service.verdict}", severity, service.message, cause, cure, since=service.last)


_AILMENTS = {
    "silent": ("high", "It has stopped, or nobody reaches it.", "Look at the process and who asks it: GET /health"),
    "failing": ("high", "The model gives no number for what it is asked.", "Look at the newest rows of the log."),
    "slow": ("medium", "More is asked than the machine can answer, or its disk is slow.", "Look at: GET /metrics"),
}


def _old(name, severity, age, cure) -> Alert | None:
    if age is None or age.verdict != "old":
        return None
    causes = {DATA_OLD: "No newer data have arrived.", CHAMPION_OLD: "No newer model has been promoted."}
    return Alert(name, severity, age.message, causes[name], cure, since=age.over_since)


def _cost(columns) -> float | None:
    """What deciding by these columns may lose; None where that was not estimated."""
    known = [c["profit_at_risk"] for c in columns if not math.isnan(c.get("profit_at_risk", math.nan))]
    return float(sum(known)) if known else None


def _how_far(column) -> str:
    cost, new = _cost([column]), column["new_categories"]
    told = f"PSI {column['psi']:.2f}, limit {column['psi_limit']:.2f}"
    return told + (f", new: {new}" if new else "") + (f", {cost:,.0f} at risk" if cost else "")


def _effect(scores) -> str:
    if scores is None:
        return ""
    if scores.verdict == "stable":
        return f" The scores are stable (PSI {scores.psi:.2f})."
    means = f"their mean was {scores.mean_before:.1%} and is {scores.mean_now:.1%}"
    return f" The scores moved (PSI {scores.psi:.2f}, limit {scores.psi_limit:.2f}): {means}."


def _count(columns, what: str) -> str:
    return f"{len(columns)} column{'s' if len(columns) > 1 else ''} {what}"


def _listed(columns, describe) -> str:
    """The worst columns by name; the drift table comes worst first."""
    told = [f"`{column['column']}` ({describe(column)})" for column in columns[:_NAMED]]
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return ", ".join(told) + more
