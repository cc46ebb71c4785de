"""One policy, month by month: serve, look, alert, decide, train again, compare, promote."""

import math
from collections.abc import Generator
from dataclasses import dataclass, field

import pandas as pd

from churn_mlops.config.replaying import ReplayPolicy, snapshots_of, window_of
from churn_mlops.monitoring.alerting.alert import columns_of
from churn_mlops.monitoring.retraining import Seen, is_needed, judge, reasons_of
from churn_mlops.pipelines.replay.alerting import Watcher, alert_facts
from churn_mlops.pipelines.replay.dueling import promotion
from churn_mlops.pipelines.replay.tasks import Duel, Look, Model, Task, Train

Walk = Generator[Task, dict, list[dict]]
CALLING = ("every_days", "max_champion_age_days", "on_drift", "on_performance")
CALLING += ("max_loss_share", "max_estimated_loss", "max_realised_loss")
_MEASURED = (
    "rows",
    "contacted",
    "profit",
    "expected_profit",
    "roc_auc",
    "estimated_roc_auc",
    "churn",
    "drift",
    "losses",
)


@dataclass
class _State:
    """Where a policy stands: who serves, and on which days a model was made."""

    champion: Model
    trainings: list[str] = field(default_factory=list)


def walk(policy: ReplayPolicy, days: list[str], first: Model, default_snapshots: int) -> Walk:
    """Asks for one task after the other and is sent what each came to; ends with one record a day.

    `first` serves from the first day on, whatever its gates say: there is nobody else.
    """
    snapshots = snapshots_of(policy.window, default_snapshots)
    state, watcher = _State(first, [first.day]), Watcher(policy.alerts)
    told = []
    for day in days:
        before = state.champion
        made = yield Train(before)
        seen = yield Look(before, day)
        promised = made["metrics"]["profit_per_1000"] * seen["rows"] / 1000  # by the evaluation, for so many customers
        alerts = watcher.look(day, seen["findings"], promised)
        rules = judge(_seen(state, day, alerts, seen["losses"]), policy.retrain)
        decision = {"needed": is_needed(rules), "reasons": reasons_of(rules)}
        came = {"retrained": False, "promoted": False, "why": ""}
        if decision["needed"]:
            came = yield from _train_again(state, policy, Model(day, snapshots))
        told.append(
            {
                "month": day,
                "champion": name_of(before),
                "champion_age_days": days_between(before.day, day),
                **{name: seen[name] for name in _MEASURED},
                "losses": seen["losses"],
                "findings": [_finding(one) for one in seen["findings"]],
                "alerts": [alert_facts(alert, day) for alert in alerts],
                "decision": decision,
                **came,
                "champion_after": name_of(state.champion),
            }
        )
    return told


def _train_again(state: _State, policy: ReplayPolicy, challenger: Model) -> Generator[Task, dict, dict]:
    """Train, compare and perhaps promote; a training that stops at a check makes no model, so it counts as none."""
    made = yield Train(challenger)
    if "failed" in made:
        return {"retrained": False, "promoted": False, "why": f"the training stopped: {made['failed']}"}
    champion = yield Train(state.champion)
    told = yield Duel(challenger, state.champion)
    promoted, why = promotion(told, made["digest"], champion["digest"], policy.promote)
    state.trainings.append(challenger.day)
    state.champion = challenger if promoted else state.champion
    return {"retrained": True, "promoted": promoted, "why": why}


def _seen(state: _State, day: str, alerts: list, losses: dict) -> Seen:
    ago = sorted(days_between(one, day) for one in state.trainings)
    known = {name: share if math.isfinite(share) else None for name, share in losses.items()}
    return Seen(days_between(state.champion.day, day), ago[0], ago, alerts, **known)


def _finding(one: dict) -> dict:
    told = {name: one[name] for name in ("name", "severity", "money", "message")}
    return told | {"columns": list(columns_of(one))}


def foreseen(policy: ReplayPolicy, days: list[str], first: Model, default_snapshots: int) -> list[Task]:
    """The tasks that a policy will ask for whatever is seen, as far as that can be told: to be done side by side.

    Trainings on a schedule, which an alert may hold back yet; and every look at the first model, where no rule is on.
    """
    rules, snapshots = policy.retrain, snapshots_of(policy.window, default_snapshots)
    if not any(getattr(rules, name) for name in CALLING):
        return [Look(first, day) for day in days]
    due, last = [], days[0]
    for day in days if rules.every_days else ():
        if days_between(last, day) >= rules.every_days:
            due.append(Train(Model(day, snapshots)))
            last = day
    return due


def days_between(first: str, second: str) -> int:
    """Days from one day to another, both YYYY-MM-DD."""
    return (pd.Timestamp(second) - pd.Timestamp(first)).days


def name_of(model: Model) -> str:
    """A model's name: the day it was trained on, and from which window."""
    return f"{model.day}/{window_of(model.snapshots)}"


def model_of(name: str) -> Model:
    """The inverse of `name_of`."""
    day, _, window = name.partition("/")
    return Model(day, snapshots_of(window, 0))
