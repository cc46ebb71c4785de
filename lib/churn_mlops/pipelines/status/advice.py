"""What to do next: one command, and why that one. The worst comes first."""

import shlex

from churn_mlops.monitoring.alerting.alert import OPEN
from churn_mlops.pipelines.status.seen import Seen
from churn_mlops.pipelines.status.trouble import AGE, AUDIT, CHAMPION, DATA, DUE, JOB, RUN, WATCHER
from churn_mlops.registry.models import APPROVED, CANDIDATE, Model
from churn_mlops.reports.verdicts import next_command

_PIPELINE = "python pipeline.py"


def advise(dataset: str, told: dict, trouble: list[dict], seen: Seen, models: dict[str, Model]) -> dict:
    """The command to give next, and the reason for it."""
    command, reason = next(_advice(dataset, told, {one["what"] for one in trouble}, seen, models))
    return {"command": command, "reason": reason}


def _advice(dataset: str, told: dict, trouble: set[str], seen: Seen, models: dict[str, Model]):
    again = next_command(seen.last or {})
    if AUDIT in trouble:
        yield (
            f"{_PIPELINE} audit verify --dataset {shlex.quote(dataset)}",
            "This names every record that is not as it was written.",
        )
    if CHAMPION in trouble:
        yield _replace_champion(dataset, told["champion"], models, again), "What serves is not what was promoted."
    if RUN in trouble:
        yield again, "The last run failed. Correct what is named above first; its page says more."
    if seen.last and told["last_run"]["state"] == "interrupted":
        yield again, "The last run was interrupted; the next goes on after the stages that had finished."
    if WATCHER in trouble:
        yield f"{_PIPELINE} watch", "Nobody watches. What was missed is made up for once; `watch --show` tells of it."
    if JOB in trouble:
        yield f"{_PIPELINE} watch --show", "A job failed. Correct what it says; its log says more."
    yield from _waiting(seen.last, models)
    for what, reason in _STALE.items():
        if what in trouble:
            yield again, reason
    yield from _watched(seen.watched, told["alerts"])
    yield from _otherwise(told, seen, again)


_STALE = {
    DUE: "A run is overdue.",
    DATA: "The newest data is too old. Put newer data in its place first.",
    AGE: "The model is too old. A run trains another and promotes it if it is no worse.",
}


def _replace_champion(dataset: str, champion: dict, models: dict[str, Model], again: str) -> str:
    """Back to the model before, where another has served; or else a new one."""
    served = [model for model in models.values() if model.moved and model.version != champion["version"]]
    if any(not model.stopped and model.digest != champion["digest"] for model in served):
        return f"{_PIPELINE} rollback --dataset {shlex.quote(dataset)}"
    return again


def _waiting(last: dict | None, models: dict[str, Model]):
    """The last run's model passed its gates and waits for somebody."""
    model = models.get(last["version"]) if last and last.get("waits") else None
    if model and not model.stopped and model.state == APPROVED:
        yield f"{_PIPELINE} promote {model.version}", "The model of the last run is approved and does not serve yet."
    elif model and not model.stopped and model.state == CANDIDATE:
        waits = str(last["waits"]).partition(":")[0]
        command = f"{_PIPELINE} approve {model.version} --reason WHY"
        yield command, f"The model of the last run {waits}; not by whoever ran it."


def _watched(run: dict | None, alerts: list[dict] | None):
    """What monitoring has found; an alert that somebody has acknowledged asks for nothing."""
    retraining = (run or {}).get("retraining") or {}
    if retraining.get("needed"):
        yield next_command(run), " ".join(["Retraining is due.", *(retraining.get("reasons") or [])])
    opened = [alert for alert in alerts or [] if alert["state"] == OPEN]
    if opened:
        told = " ".join(filter(None, (opened[0]["message"], opened[0]["cure"])))
        yield opened[0]["command"], f"{len(opened)} open: {told}"


def _otherwise(told: dict, seen: Seen, again: str):
    if seen.last is None:
        yield again, "There are experiments only, and an experiment never serves."
    if seen.last and told["last_run"]["state"] == "in part":
        yield again, "The last run did some of the stages only, as it was asked to."
    if told["champion"] is None:
        yield f"{_PIPELINE} show {seen.last['version']}", "No model serves yet; this says what its promotion needs."
    due = told["due"]
    yield again, f"Nothing is due before {due['day']}." if due else "Nothing is due; a run reuses what has not changed."
