"""What is on record of alerts, sent through the channels; no run fails for it."""

import sys
from pathlib import Path

from churn_mlops.config import AlertRules
from churn_mlops.errors import ChurnError
from churn_mlops.monitoring.alerting.alert import OPEN, STANDING
from churn_mlops.monitoring.alerting.channels import find_channels
from churn_mlops.monitoring.alerting.outbox import send_waiting
from churn_mlops.registry.audit.log import sound
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.registering import ALERT
from churn_mlops.serving.alerts import stand


def send(runs: Path, dataset: str, rules: AlertRules | None = None) -> list[str]:
    """Tell every channel what it has not been told yet; what failed, a line a channel, stays in the outbox."""
    folder = registry_folder(runs, dataset)
    rules = rules or stand(runs, dataset, sound(folder).records).rules
    return send_waiting(folder, dataset, find_channels(rules.channels), lambda: _changes(runs, dataset, rules))


def _changes(runs: Path, dataset: str, rules: AlertRules) -> tuple[dict[int, dict], set[int]]:
    """The changes on record by number, and the last opening of each alert that stands."""
    records = [r for r in sound(registry_folder(runs, dataset)).records if r.kind == ALERT and "state" in r.facts]
    opened = {record.facts["alert"]: record.n for record in records if record.facts["state"] == OPEN}
    standing = {last.facts["alert"] for last in _last_of_each(records) if last.facts["state"] in STANDING}
    return {record.n: record.facts for record in records}, {opened[name] for name in standing if name in opened}


def _last_of_each(records):
    return {record.facts["alert"]: record for record in records}.values()


def send_after(runs: Path, dataset: str, rules: AlertRules) -> None:
    """`send` at the end of a run: whatever goes wrong is a warning, and waits for the next occasion."""
    try:
        failed = send(runs, dataset, rules)
    except ChurnError as error:
        failed = [str(error)]
    except Exception as error:  # a channel's own mistakes must not become the run's
        failed = [f"{type(error).__name__}, which nobody expected"]
    for one in failed:
        print(f"warning: alert not sent: {one}. Cure: python pipeline.py alerts send", file=sys.stderr)
