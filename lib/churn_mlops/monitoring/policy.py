"""The retraining policy: what is reason enough to train again, decided from the alerts and the champion's age."""

from collections.abc import Iterable
from dataclasses import dataclass

from churn_mlops.monitoring.alerts import (
    FEED_BROKEN,
    INPUTS_MOVED,
    PERFORMANCE_FELL,
    SCORES_MOVED,
    Alert,
)


@dataclass(frozen=True)
class RetrainPolicy:
    """When to train again; each rule can be switched off."""

    max_champion_age_days: float | None = 90  # None: age is no reason
    on_drift: bool = True  # when inputs or scores moved, unless the scores are known to be stable
    on_performance: bool = True  # when realised performance fell
    max_roc_auc_drop: float = 0.03  # below the champion's evaluation
    hold_on_broken_feed: bool = True  # never learn from columns that stopped arriving


@dataclass(frozen=True)
class Retraining:
    """Whether to train again, and why, or what holds it back; both empty and False when all is well."""

    needed: bool
    reasons: tuple[str, ...]


def decide_retraining(
    alerts: Iterable[Alert],
    champion_age_days: float | None,
    policy: RetrainPolicy | None = None,
    *,
    roc_auc_drop: float | None = None,
) -> Retraining:
    """Apply the policy's rules, each of which gives at most one reason.

    `champion_age_days` is None when it is unknown, `roc_auc_drop` when no label has matured.
    """
    policy = policy or RetrainPolicy()
    alerts = list(alerts)
    reasons = [
        *_performance_reasons(alerts, roc_auc_drop, policy),
        *_drift_reasons(alerts, policy),
        *_age_reasons(champion_age_days, policy),
    ]
    broken = [alert for alert in alerts if alert.name == FEED_BROKEN]
    if broken and reasons and policy.hold_on_broken_feed:
        return Retraining(False, (f"Held back until the feed is repaired: {broken[0].message}", *reasons))
    return Retraining(bool(reasons), tuple(reasons))


def describe_retraining(decision: Retraining) -> str:
    """The decision as sentences."""
    return " ".join(["Retraining is due." if decision.needed else "No retraining needed.", *decision.reasons])


def _performance_reasons(alerts, drop, policy) -> list[str]:
    if not policy.on_performance:
        return []
    told = [f"Performance fell. {alert.message}" for alert in alerts if alert.name == PERFORMANCE_FELL]
    if not told and drop is not None and drop > policy.max_roc_auc_drop:
        told = [f"The ROC AUC fell by {drop:.3f}; the limit is {policy.max_roc_auc_drop:g}."]
    return told


def _drift_reasons(alerts, policy) -> list[str]:
    """Inputs that moved and left the scores as they were (severity low) are no reason."""
    moved = [a for a in alerts if a.name in (INPUTS_MOVED, SCORES_MOVED) and a.severity != "low"]
    return [f"Drift. {alert.message}" for alert in moved[:1]] if policy.on_drift else []


def _age_reasons(age, policy) -> list[str]:
    limit = policy.max_champion_age_days
    if limit is None or age is None or age <= limit:
        return []
    return [f"The champion is {age:,.0f} days old; the limit is {limit:g} days."]
