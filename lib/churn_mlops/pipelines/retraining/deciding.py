"""The decision to train again, from the archive alone. Light: nothing here may import pandas."""

import shlex
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.archive.versions import read_manifest
from churn_mlops.config import RetrainRules, read_retrain_rules
from churn_mlops.errors import ConfigError
from churn_mlops.monitoring.losses import load_losses
from churn_mlops.monitoring.retraining import Seen, is_needed, judge, reasons_of
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.models import REGISTRATION
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.registering import RETRAINING
from churn_mlops.reports.verdicts import next_command
from churn_mlops.serving.alerts import stand

_SECONDS = 86_400  # of a day


def decide(project: Project, dataset: str, now: datetime | None = None) -> dict:
    """Whether to train again: `needed`, `reasons`, every rule, and the command that does it; puts nothing on record.

    The policy is that of the definition as it stands now; where it is gone, that of the last run.
    """
    now = now or datetime.now(UTC)
    told = describe_status(project.runs, now, dataset)["datasets"][dataset]
    if told["last_run"] is None:
        raise ConfigError(f"retrain: `{dataset}` has experiments only. Cure: run the pipeline without --no-promote.")
    version = told["last_run"]["version"]
    command = next_command(read_manifest(project.runs, version))
    policy = _policy(project, dataset, version, command)
    rules = judge(_seen(project.runs, dataset, told, now), policy)
    return {
        "dataset": dataset,
        "needed": is_needed(rules),
        "reasons": reasons_of(rules),
        "rules": [asdict(rule) for rule in rules],
        "version": version,
        "command": f"{command} -p features.window={policy.window}" if policy.window else command,
    }


def _policy(project: Project, dataset: str, version: str, command: str) -> RetrainRules:
    words = shlex.split(command)
    given = words[words.index("--config") + 1] if "--config" in words else "configs/simulator.toml"
    for path in (project.root / given, project.runs / version / "config.toml"):
        if path.is_file() and (found := read_retrain_rules(path, dataset)):
            return found
    return RetrainRules()


def _seen(runs: Path, dataset: str, told: dict, now: datetime) -> Seen:
    records = read_log(registry_folder(runs, dataset))
    trainings = sorted((now - at).total_seconds() / _SECONDS for at in _trainings(records))
    age = ((told["ages"] or {}).get("champion") or {}).get("days")
    standing = stand(runs, dataset, records)
    losses = load_losses(runs / standing.looked / "artifacts") if standing.looked else {}
    return Seen(age, trainings[0] if trainings else None, trainings, standing.alerts, **losses)


def _trainings(records: Iterable[Record]) -> list[datetime]:
    """When each model was first registered: to make it again is no training, nor an experiment, nor an import."""
    first: dict[str, str] = {}
    for record in records:
        if record.kind == REGISTRATION and not (record.facts.get("experiment") or record.facts.get("importer")):
            first.setdefault(record.facts["digest"], record.at)
    return [datetime.fromisoformat(at) for at in first.values()]


def put_on_record(runs: Path, decision: dict, asked: str) -> Record:
    """The decision with its evidence, also the one not to; `asked` says who decided: the policy, or a person."""
    facts = {name: decision[name] for name in ("version", "needed", "reasons", "rules")}
    with open_ledger(runs, decision["dataset"]) as ledger:
        return ledger.add([(RETRAINING, {**facts, "asked": asked})])[-1]


def decision_text(decision: dict) -> str:
    """The decision for a reader, a rule a line."""
    wide = max(len(rule["name"]) for rule in decision["rules"])
    lines = [f"  {rule['name']:<{wide}}  {rule['verdict']:<10}  {rule['said']}" for rule in decision["rules"]]
    verdict = "training is needed" if decision["needed"] else "no training is needed"
    if not decision["needed"] and any(rule["verdict"] == "calls" for rule in decision["rules"]):
        verdict = "training is called for, and held back"
    return "\n".join([f"{decision['dataset']}: {verdict}", *lines, f"  {'Command':<{wide}}  {decision['command']}"])
