"""The alerts as plain values, and as gauges. Light: nothing here may import pandas or Apprise."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from churn_mlops.archive.versions import MANIFEST
from churn_mlops.config import AlertRules
from churn_mlops.monitoring.alerting.alert import SEEN, STANDING, Alert
from churn_mlops.monitoring.alerting.exposition import Gauge, exposition
from churn_mlops.monitoring.alerting.outbox import read_outbox
from churn_mlops.monitoring.alerting.wording import describe_alert
from churn_mlops.pipelines.alerts.changing import again
from churn_mlops.registry.audit.log import scan
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.reports.currency import currency
from churn_mlops.serving.alerts import Standing, alert_gauges, stand


def describe_alerts(runs: Path, datasets: Iterable[str], everything: bool = False) -> dict:
    """By dataset: its alerts that stand, or all of them, and how far its channels have come."""
    return {"datasets": {name: _describe(runs, name, everything) for name in datasets}}


def _describe(runs: Path, dataset: str, everything: bool) -> dict:
    folder = registry_folder(runs, dataset)
    standing = stand(runs, dataset, scan(folder).records)
    told = [one for one in describe_standing(runs, standing) if everything or one["state"] in STANDING]
    behind = {
        name: {**{key: state[key] for key in ("tries", "error", "sent")}, "waiting": len(state["waiting"])}
        for name, state in read_outbox(folder).items()
    }
    return {"looked": standing.looked, "alerts": told, "channels": behind}


def describe_standing(runs: Path, standing: Standing) -> list[dict]:
    """Each alert as plain values, what is over last; one has no `page` where `gc` has taken that run."""
    return [_told(Path(runs), alert, standing.rules) for alert in standing.alerts]


def _told(runs: Path, alert: Alert, rules: AlertRules) -> dict:
    run = runs / alert.version
    told = describe_alert(alert, rules, again(runs, alert.version), currency(run))
    return told if (run / MANIFEST).is_file() else {**told, "page": None}


def alerts_of(runs: Path, dataset: str, records: Iterable[Record]) -> tuple[list[dict] | None, list[dict]]:
    """Those that stand, and those that were seen but not often enough; None where nothing was looked at yet."""
    standing = stand(runs, dataset, records)
    if standing.looked is None:
        return None, []
    told = [one for one in describe_standing(runs, standing) if one["state"] in (SEEN, *STANDING)]
    return [one for one in told if one["state"] != SEEN], [one for one in told if one["state"] == SEEN]


_STATES = ("in order", "stale", "broken")


def metrics_text(runs: Path, status: dict) -> str:
    """All that Prometheus is told: `status` is the answer of `describe_status`."""
    return exposition([*_gauges(status), *alert_gauges(runs, status["datasets"])])


def _gauges(status: dict) -> list[Gauge]:
    told = status["datasets"].items()
    asked = Gauge("churn_asked_timestamp_seconds", "When these were measured.", [({}, _seconds(status["asked"]))])
    state = Gauge("churn_state", "1 for the state that a dataset is in: in order, stale or broken.")
    state.samples.extend(({"dataset": n, "state": s}, float(one["state"] == s)) for n, one in told for s in _STATES)
    run = Gauge("churn_last_run_timestamp_seconds", "End of the last run, whatever became of it.")
    run.samples.extend(({"dataset": n}, _seconds((one["last_run"] or {}).get("finished"))) for n, one in told)
    failed = Gauge("churn_last_run_failed", "1 where the last run failed.")
    failed.samples.extend(
        ({"dataset": n}, float(one["last_run"]["state"] == "failed")) for n, one in told if one["last_run"]
    )
    since = Gauge("churn_champion_since_timestamp_seconds", "Since when the champion serves.")
    since.samples.extend(({"dataset": n}, _seconds((one["champion"] or {}).get("since"))) for n, one in told)
    moves = Gauge("churn_champion_generation", "Promotions and rollbacks so far.")
    moves.samples.extend(({"dataset": n}, (one["champion"] or {}).get("generation")) for n, one in told)
    ages = Gauge("churn_age_days", "Age of the newest data and of the champion.")
    limits = Gauge("churn_age_limit_days", "The age from which they count as old.")
    for dataset, one in told:
        for what, age in (one["ages"] or {}).items():
            ages.samples.append(({"dataset": dataset, "of": what}, age["days"]))
            limits.samples.append(({"dataset": dataset, "of": what}, age["limit_days"]))
    due = Gauge("churn_run_overdue", "1 where a run is overdue.")
    due.samples.extend(({"dataset": n}, float(one["due"]["overdue"])) for n, one in told if one["due"])
    return [asked, state, run, failed, since, moves, ages, limits, due]


def _seconds(moment: str | None) -> float | None:
    return datetime.fromisoformat(moment).timestamp() if moment else None
