"""Models, and what is on record about each, as plain values. Light: nothing here may import pandas."""

from pathlib import Path

from churn_mlops.archive.verify import verify_version
from churn_mlops.archive.versions import MANIFEST
from churn_mlops.pipelines.governance.asking import policy_of
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.approval import counting, missing_people, objection, people, told
from churn_mlops.registry.audit.log import read_log, scan
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.auditing import Audited
from churn_mlops.registry.models import CHAMPION_STATE, Model, concerns, replay
from churn_mlops.registry.pointer import registry_folder


def describe_models(runs: Path, datasets: list[str]) -> list[dict]:
    """The models of these datasets, newest first."""
    found = []
    for dataset in datasets:
        models = replay(read_log(registry_folder(runs, dataset)))
        found += [_describe(runs, model) for model in models.values()]
    return sorted(found, key=lambda row: row["version"], reverse=True)


def _describe(runs: Path, model: Model) -> dict:
    facts, last = model.facts, model.moved[-1] if model.moved else None
    return {
        "version": model.version,
        "dataset": model.dataset,
        "state": model.state,
        "shadow": model.shadow,
        "there": (Path(runs) / model.version / MANIFEST).is_file(),
        "deleted": model.deleted,
        "experiment": bool(facts.get("experiment")),
        "registered": model.registered,
        "author": model.author,
        "importer": model.importer,
        "vouched": model.facts.get("vouched"),
        "digest": model.digest,
        "signature": facts.get("signature"),
        "name": facts.get("name"),
        "data": facts.get("data"),
        "metrics": facts.get("metrics") or {},
        "gates": facts.get("gates") or [],
        "approved_by": people(model.approvals),
        "since": last.at if last and model.state == CHAMPION_STATE else None,
        "generation": last.facts["generation"] if last else None,
        "stopped": told(model.stopped) if model.stopped else None,
        "reproduced": [_describe_reproduction(record) for record in model.reproduced],
    }


def _describe_reproduction(record: Record) -> dict:
    told = {name: record.facts.get(name) for name in ("verdict", "stage", "environment", "python", "platform")}
    return {"at": record.at, "by": record.by, **told}


def describe_model(project: Project, model: Model) -> dict:
    """A model, what its promotion still needs, and all that is on record about it."""
    records = read_log(registry_folder(project.runs, model.dataset))
    policy = policy_of(project, model.dataset, model.version)
    stopped = objection(model, list(replay(records).values()))
    described = _describe(project.runs, model)
    problems = verify_version(project.runs, model.version) if described["there"] else []
    return {
        **described,
        "problems": [str(problem) for problem in problems],
        "policy": policy.approval,
        "approvals_that_count": [record.by for record in counting(model, policy)],
        "approvals_missing": missing_people(model, policy),
        "stopped": told(stopped) if stopped else None,
        "records": [describe_record(record) for record in records if concerns(record, model.version)],
    }


def describe_log(runs: Path, datasets: list[str]) -> list[dict]:
    """The records of these datasets' logs, oldest first, also of a log that is damaged."""
    found = [record for dataset in datasets for record in scan(registry_folder(runs, dataset)).records]
    return [
        describe_record(record) for record in sorted(found, key=lambda record: (record.at, record.dataset, record.n))
    ]


def describe_record(record: Record) -> dict:
    """A record for a machine."""
    told = {name: getattr(record, name) for name in ("dataset", "n", "at", "kind", "by", "facts", "hash", "before")}
    return told | {"signed": record.signature is not None, "key": record.key}


def describe_audited(audited: Audited) -> dict:
    """What verifying a log has found."""
    return {
        "dataset": audited.dataset,
        "records": audited.records,
        "problems": [str(problem) for problem in audited.problems],
        "unsigned": audited.unsigned,
        "torn_bytes": audited.torn,
    }
