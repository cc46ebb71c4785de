"""Is the audit log what was written, and does the archive bear it out? Chain, signatures, anchors, moves, versions."""

import os
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from churn_mlops.archive.files import locked
from churn_mlops.archive.seal import SEAL
from churn_mlops.archive.verify import Problem
from churn_mlops.archive.versions import read_manifest, versions
from churn_mlops.config import Policy, read_policy
from churn_mlops.errors import ChurnError
from churn_mlops.registry.approval import is_signed_by, missing_people, strictest
from churn_mlops.registry.audit import signing
from churn_mlops.registry.audit.anchor import Anchor, check_anchor
from churn_mlops.registry.audit.log import LOG, Scan, scan
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.ledger import last_move, mismatch
from churn_mlops.registry.models import (
    APPROVAL,
    PROMOTION,
    REGISTRATION,
    REJECTION,
    RETIREMENT,
    ROLLBACK,
    Model,
    apply,
    replay,
)
from churn_mlops.registry.pointer import CHAMPION, HISTORY, LOCK, SHADOW, read_past, read_pointer
from churn_mlops.registry.registering import unrecorded

DECISIONS = {APPROVAL, REJECTION, RETIREMENT, ROLLBACK}  # of people; where the policy names keys, signed by them
_RESTORE = f"put {LOG} back from a copy of the archive; what nobody can explain, reject or roll back from"
_RULE = "the audit log is as it was written"


@dataclass(frozen=True)
class Audited:
    """What became of the verification of one dataset's log."""

    dataset: str
    records: int
    problems: list[Problem] = field(default_factory=list)
    unsigned: list[int] = field(default_factory=list)  # numbers of the records without a signature
    torn: int = 0  # bytes that a kill has left of a record; the next writer puts that on record


def audited_datasets(runs: Path) -> list[str]:
    """The datasets that have a registry."""
    return sorted(path.name for path in (Path(runs) / "registry").glob("*") if path.is_dir())


def verify_audit(runs: Path, dataset: str, policy: Policy, anchors: Iterable[Anchor] = ()) -> Audited:
    """Check the log of a dataset against itself, against anchors, and against what else the archive knows."""
    folder = Path(runs) / "registry" / dataset
    with locked(folder / LOCK) if os.access(folder, os.W_OK) else nullcontext():
        return _verify(Path(runs), folder, policy, anchors)


def _verify(runs: Path, folder: Path, policy: Policy, anchors: Iterable[Anchor]) -> Audited:
    dataset, found = folder.name, scan(folder)
    problems = flaws(dataset, found)
    for anchor in anchors:
        problems += [_problem(dataset, flaw.what, flaw.seen) for flaw in check_anchor(anchor, found.records)]
    problems += _signatures(found.records, policy)
    problems += _pointers(folder, found)
    problems += _moves(runs, found.records)
    problems += _versions(runs, dataset, found.records)
    unsigned = [record.n for record in found.records if record.signature is None]
    return Audited(dataset, len(found.records), problems, unsigned, len(found.torn))


def flaws(dataset: str, found: Scan) -> list[Problem]:
    """The flaws of a log as problems."""
    return [_problem(dataset, flaw.what, flaw.seen) for flaw in found.flaws]


def check_log(runs: Path, dataset: str, found: Scan) -> list[Problem]:
    """What is wrong with a log in itself and with the pointers that follow it; opens no version, so it is quick.

    Without the lock, so that whoever only asks waits for nobody: a move may have come since `found` was read, so what
    is wrong is looked at again.
    """
    folder = Path(runs) / "registry" / dataset
    problems = flaws(dataset, found) + _pointers(folder, found)
    if not problems:
        return []
    found = scan(folder)
    return flaws(dataset, found) + _pointers(folder, found)


def verify_logs(runs: Path) -> list[Problem]:
    """What is wrong with any log in itself."""
    folder = Path(runs) / "registry"
    return [problem for name in audited_datasets(runs) for problem in flaws(name, scan(folder / name))]


def _problem(dataset: str, what: str, seen: str, rule: str = _RULE, cure: str = _RESTORE) -> Problem:
    return Problem(f"registry/{dataset}/{LOG}", rule, f"{what}: {seen}", cure)


def _signatures(records: list[Record], policy: Policy) -> list[Problem]:
    rule = "a record is signed by whoever it names"
    found, cure = [], "trust the record as little as one that somebody has typed"
    for record in records:
        if seen := _signature(record, policy):
            found.append(_problem(record.dataset, name_of(record), seen, rule, cure))
    return found


def _signature(record: Record, policy: Policy) -> str | None:
    """What is wrong with the signature of a record, or with its absence where the policy asks for it."""
    if record.signature is None and record.key is None:
        return "it is not signed, and the policy names keys" if policy.keys and record.kind in DECISIONS else None
    signing.require()
    if not signing.is_signed_rightly(record):
        return "its signature is not of its content"
    if policy.keys and record.kind in DECISIONS and not is_signed_by(record, policy.keys):
        return f"it is signed with a key that [policy.keys] does not know for {record.by}"
    return None


def name_of(record: Record) -> str:
    """A record by number, kind and version."""
    version = record.facts.get("version")
    return f"record {record.n} ({record.kind}{f' of {version}' if version else ''})"


def _pointers(folder: Path, found: Scan) -> list[Problem]:
    """Where pointers and their past lead elsewhere than the log says. The log may be one move ahead, after a kill."""
    dataset, problems = folder.name, []
    for name in (CHAMPION, SHADOW):
        try:
            current, known = read_pointer(folder, name), last_move(found.records, name)
            past = read_past(folder) if name == CHAMPION else []
        except ChurnError as error:
            seen, _, cure = str(error).rstrip(".").partition(". Cure: ")
            problems.append(Problem(f"registry/{dataset}/{name}.json", "a pointer can be read", seen, cure))
            continue
        if past and past[-1].generation > (current.generation if current else 0):
            seen = f"it is older than {HISTORY}: it was changed by hand"
            cure = f"put the last line of {HISTORY} into it"
            problems.append(Problem(f"registry/{dataset}/{name}.json", "the pointer is the newest", seen, cure))
        newest = max([current, *past[-1:]], key=lambda one: one.generation if one else 0)
        if known == newest or (newest is None and known and known.generation == 1):
            continue
        if newest and known and newest.generation == known.generation - 1:
            continue
        if newest and newest.record is None and not found.records:
            continue  # from before there was a log
        generations = (newest.generation if newest else 0, known.generation if known else 0)
        seen, _, cure = mismatch(folder, name, *generations).rstrip(".").partition(". Cure: ")
        problems.append(Problem(f"registry/{dataset}/{name}.json", "log and pointer agree", seen, cure))
    return problems


def _moves(runs: Path, records: list[Record]) -> list[Problem]:
    """Promotions that nothing permitted: of what was not registered, stopped, or approved by too few."""
    found, generation, models = [], None, {}
    for record in records:
        if record.kind not in (PROMOTION, ROLLBACK):
            apply(models, record)
            continue
        seen = _unpermitted(runs, record, models.get(record.facts["version"]))
        apply(models, record)
        if generation is not None and record.facts["generation"] != generation + 1:
            seen = f"it moves the pointer to generation {record.facts['generation']}, after {generation}"
        generation = record.facts["generation"]
        if seen:
            rule, cure = "a model serves by permission", "python pipeline.py rollback, where it serves"
            found.append(_problem(record.dataset, name_of(record), seen, rule, cure))
    return found


def _unpermitted(runs: Path, record: Record, model: Model | None) -> str | None:
    if record.kind == ROLLBACK:
        return None
    if model is None or not model.digest:
        return "no run has registered this model"
    if model.digest != record.facts["digest"]:
        return "it was registered with another model file"
    if model.stopped:
        return f"it had been stopped by record {model.stopped.n}, and nobody approved it since"
    if "policy" not in record.facts:
        return "nobody asked whether it may: it was made around `promote`"
    own = _policy_of_run(runs, record)
    if model.importer:
        own = Policy(own.approval)  # keys that came with it prove nothing here
    policy = strictest([Policy(record.facts["policy"]), own])
    if missing_people(model, policy):
        return f"the policy was `{policy.approval}`, and too few had approved"
    return None


def _policy_of_run(runs: Path, record: Record) -> Policy:
    """What the settings asked for that the run was made with; nothing where they are gone."""
    path = runs / record.facts["version"] / "config.toml"
    return (read_policy(path, record.dataset) if path.is_file() else None) or Policy()


def _versions(runs: Path, dataset: str, records: list[Record]) -> list[Problem]:
    """Published runs that the log does not know, and registered models that the archive has not as they were."""
    rule = "log and archive know the same runs"
    cure = f"if it was killed before it was recorded, the next run does that; else {_RESTORE}"
    found = [
        _problem(dataset, f"the run {manifest['version']}", "published, and not on record", rule, cure)
        for manifest in unrecorded(runs, dataset, records)
    ]
    there, models = set(versions(runs)), replay(records)
    for record in records:
        if record.kind != REGISTRATION:
            continue
        version = record.facts["version"]
        if version not in there:
            if not models[version].deleted:
                seen = "registered, and gone from the archive without a deletion on record"
                found.append(_problem(dataset, version, seen, rule, "put it back from a copy of the archive"))
        elif _seal(runs, version) != record.facts["seal"]:
            cure = f"python pipeline.py verify {version}"
            found.append(_problem(dataset, version, "its manifest is not the one that was registered", rule, cure))
    return found


def _seal(runs: Path, version: str) -> str | None:
    try:
        return read_manifest(runs, version).get(SEAL)
    except (ChurnError, OSError, ValueError, AttributeError):
        return None
