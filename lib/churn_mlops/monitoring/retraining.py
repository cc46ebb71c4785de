"""Whether to train again: every rule of [retrain] with what it looked at, and what the rules together come to.

What calls for training are alerts, which were seen in N of M looks already, or time. What holds it back is data that
no model may learn from, a training not long ago, or a budget that is used up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from churn_mlops.config import RetrainRules
from churn_mlops.monitoring.alerting.alert import STANDING, Alert
from churn_mlops.monitoring.alerts import INPUTS_MOVED, PERFORMANCE_FELL, SCORES_MOVED

CALLS, HOLDS, QUIET, UNKNOWN, OFF = "calls", "holds back", "quiet", "not known", "off"


@dataclass(frozen=True)
class Seen:
    """What a decision is made from."""

    champion_age_days: float | None  # None: there is no champion, or nobody knows
    days_since_training: float | None  # None: there was none
    trainings: Sequence[float]  # days ago of each training
    alerts: Sequence[Alert]
    estimated_profit_loss: float | None = None  # share of what the evaluation promised; None: not known
    estimated_roc_auc_loss: float | None = None  # the same of the ROC AUC above 0.5
    realised_profit_loss: float | None = None  # of the newest month whose labels are in


@dataclass(frozen=True)
class Rule:
    """How a rule stands."""

    name: str
    verdict: str
    said: str  # what was seen, against which limit


def judge(seen: Seen, rules: RetrainRules) -> list[Rule]:
    """How every rule stands: first those that can call for training, then those that can hold it back."""
    standing = [alert for alert in seen.alerts if alert.state in STANDING]
    return [
        _days("schedule", seen.days_since_training, rules.every_days, "since the last training"),
        _days("age", seen.champion_age_days, rules.max_champion_age_days, "is the age of the champion"),
        _alerts("drift", rules.on_drift, CALLS, _harmful(standing)),
        _alerts("performance", rules.on_performance, CALLS, _named(standing, (PERFORMANCE_FELL,))),
        _loss(standing, rules.max_loss_share),
        _estimated_loss(seen, rules.max_estimated_loss),
        _realised_loss(seen, rules.max_realised_loss),
        _alerts("data", bool(rules.hold_on), HOLDS, _named(standing, rules.hold_on)),
        _cool_down(seen.days_since_training, rules.cool_down_days),
        _budget(seen.trainings, rules),
    ]


def is_needed(rules: Sequence[Rule]) -> bool:
    """Whether a rule calls for training and none holds it back."""
    verdicts = {rule.verdict for rule in rules}
    return CALLS in verdicts and HOLDS not in verdicts


def reasons_of(rules: Sequence[Rule]) -> list[str]:
    """Why: what calls for training and what holds it back."""
    return [f"{rule.name} {rule.verdict}: {rule.said}" for rule in rules if rule.verdict in (CALLS, HOLDS)]


def _days(name: str, days: float | None, limit: float, what: str) -> Rule:
    if not limit:
        return Rule(name, OFF, "no limit is set")
    if days is None:
        return Rule(name, UNKNOWN, f"no day is known; limit {limit:g} days")
    return Rule(name, CALLS if days >= limit else QUIET, f"{days:,.0f} days {what}; limit {limit:g}")


def _named(alerts: Sequence[Alert], names: Sequence[str]) -> list[Alert]:
    return [alert for alert in alerts if alert.name in names]


def _harmful(alerts: Sequence[Alert]) -> list[Alert]:
    """Inputs that moved and left the scores, or the profit, as they were are no reason."""
    return [alert for alert in _named(alerts, (INPUTS_MOVED, SCORES_MOVED)) if alert.severity != "low"]


def _alerts(name: str, on: bool, verdict: str, found: list[Alert]) -> Rule:
    if not on:
        return Rule(name, OFF, "this rule is off")
    told = "; ".join(f"alert {alert.id}, {alert.severity}, since {alert.since}: {alert.message}" for alert in found)
    return Rule(name, verdict if found else QUIET, told or "no such alert stands")


def _loss(alerts: Sequence[Alert], limit: float) -> Rule:
    shares = [alert.share for alert in alerts if alert.share is not None]
    if not limit:
        return Rule("loss", OFF, "no limit is set")
    if not shares:
        return Rule("loss", UNKNOWN if alerts else QUIET, "no alert that stands tells what it costs")
    at_stake = f"{sum(shares):.1%} of the expected profit at stake; limit {limit:.1%}"
    return Rule("loss", CALLS if sum(shares) >= limit else QUIET, at_stake)


def _estimated_loss(seen: Seen, limit: float) -> Rule:
    told = {"profit": seen.estimated_profit_loss, "ROC AUC above 0.5": seen.estimated_roc_auc_loss}
    known = {what: share for what, share in told.items() if share is not None}
    return _promised("estimated loss", known, limit, "are lost by the estimate, less what it is known to be off by")


def _realised_loss(seen: Seen, limit: float) -> Rule:
    known = {} if seen.realised_profit_loss is None else {"profit": seen.realised_profit_loss}
    return _promised("realised loss", known, limit, "are surely lost in the newest month whose labels are in")


def _promised(name: str, lost: dict[str, float], limit: float, what: str) -> Rule:
    """How much of what the champion's evaluation promised is lost."""
    if not limit:
        return Rule(name, OFF, "no limit is set")
    if not lost:
        return Rule(name, UNKNOWN, f"what is lost of what the evaluation promised is not known; limit {limit:.1%}")
    shares = " and ".join(f"{share:.1%} of the promised {of}" for of, share in lost.items())
    return Rule(name, CALLS if max(lost.values()) >= limit else QUIET, f"{shares} {what}; limit {limit:.1%}")


def _cool_down(days: float | None, limit: float) -> Rule:
    if not limit:
        return Rule("cool-down", OFF, "no limit is set")
    if days is None:
        return Rule("cool-down", QUIET, "there was no training yet")
    told = f"{days:,.1f} days since the last training; {limit:g} asked"
    return Rule("cool-down", HOLDS if days < limit else QUIET, told)


def _budget(trainings: Sequence[float], rules: RetrainRules) -> Rule:
    if not rules.budget:
        return Rule("budget", OFF, "no limit is set")
    made = sum(days < rules.budget_days for days in trainings)
    told = f"{made} trainings in {rules.budget_days:g} days; {rules.budget} allowed"
    return Rule("budget", HOLDS if made >= rules.budget else QUIET, told)
