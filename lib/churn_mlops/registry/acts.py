"""What people and runs do to models: approve, reject, retire, promote. Each is one record of the log.

Each act is decided while nobody else writes, from the records alone, so that two who act at once see each other.
"""

from collections.abc import Callable
from pathlib import Path

from churn_mlops.archive.seal import SEAL
from churn_mlops.archive.verify import verify_version
from churn_mlops.archive.versions import MANIFEST, read_manifest
from churn_mlops.config.settings import Policy
from churn_mlops.errors import ActRefused, PromotionRefused
from churn_mlops.registry.approval import NEEDED, check_promotion
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.audit.signing import own_key
from churn_mlops.registry.champion import PROMOTION, check_run, promote, read_champion
from churn_mlops.registry.identity import UNKNOWN, is_same, require_who, who
from churn_mlops.registry.ledger import Ledger, last_move, open_ledger
from churn_mlops.registry.models import (
    APPROVAL,
    CHAMPION_STATE,
    REJECTION,
    RETIREMENT,
    SHADOWING,
    Model,
    replay,
)
from churn_mlops.registry.pointer import CHAMPION, SHADOW, Champion
from churn_mlops.registry.registering import record_runs

_RERUN = "do not use it; run the pipeline again"
_DONE = "there is nothing to do"
_LONGEST = 1000  # characters of a reason


def approve(runs: Path, dataset: str, version: str, reason: str, policy: Policy) -> Record:
    """Put on record that somebody other than its author approves a model, having looked at it, and why.

    Raises ActRefused for the author, for somebody who has approved it already, and for a model that is gone or changed.
    """
    by = require_who(f"approve {version}")

    def check(model: Model, ledger: Ledger) -> dict:
        _check_approver(model, policy, by)
        _check_there("approve", runs, model)
        return {"digest": model.digest, "policy": policy.approval, "needed": max(1, NEEDED[policy.approval])}

    return _act(runs, dataset, version, APPROVAL, "approve", reason, by, check)


def _check_approver(model: Model, policy: Policy, by: str) -> None:
    def refuse(reason, cure):
        raise ActRefused("approve", model.version, reason, cure)

    if model.author and is_same(model.author, by):
        refuse(f"{by} is the author of its run; self-approval does not count", "let somebody else approve it")
    if model.importer and is_same(model.importer, by):
        refuse(f"{by} has imported it; whoever brings a model in does not approve it", "let somebody else approve it")
    if (NEEDED[policy.approval] or model.foreign) and model.author in (None, UNKNOWN):
        cure = "run the pipeline again, with git's user.email or CHURN_ACTOR set"
        refuse("who ran it is not known, so nobody can be told from its author", cure)
    if any(is_same(record.by, by) for record in model.approvals):
        refuse(f"{by} has approved it already", "let another person approve it, if the policy asks for two")
    if policy.keys and own_key() not in {key for name, key in policy.keys.items() if is_same(name, by)}:
        cure = "set CHURN_SIGNING_KEY to your key, and have its public key in [policy.keys]"
        refuse(f"the policy counts signed approvals only, and this one is not signed with a key known for {by}", cure)


def reject(runs: Path, dataset: str, version: str, reason: str) -> Record:
    """Put on record that a model must not serve, and why. Raises ActRefused for the champion."""
    return _stop(runs, dataset, version, REJECTION, "reject", reason)


def retire(runs: Path, dataset: str, version: str, reason: str) -> Record:
    """Put on record that a model is not to serve any more. Raises ActRefused for the champion."""
    return _stop(runs, dataset, version, RETIREMENT, "retire", reason)


def _stop(runs: Path, dataset: str, version: str, kind: str, act: str, reason: str) -> Record:
    by = require_who(f"{act} {version}")

    def check(model: Model, ledger: Ledger) -> dict:
        if model.state == CHAMPION_STATE:
            raise ActRefused(act, version, "it serves now", "python pipeline.py rollback, or promote another, first")
        if model.stopped and model.stopped.kind == kind:
            seen = f"that was done by {model.stopped.by} on {model.stopped.at}"
            raise ActRefused(act, version, seen, _DONE)
        if model.shadow:
            ledger.move(SHADOW, SHADOWING, None, None, {"reason": f"{act}: {reason}"}, by)
        return {"digest": model.digest}

    return _act(runs, dataset, version, kind, act, reason, by, check)


def _act(runs, dataset, version, kind, act, reason, by, check: Callable[[Model, Ledger], dict]) -> Record:
    reason = checked_reason(act, version, reason)
    record_runs(runs, dataset, by)
    with open_ledger(runs, dataset) as ledger:
        model = _known(act, ledger.records, version)
        facts = check(model, ledger)
        return ledger.add([(kind, {"version": version, **facts, "reason": reason})], by)[-1]


def checked_reason(act: str, version: str, reason: str) -> str:
    """The reason as it goes on record: one line; raises ActRefused for any other."""
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST or not reason.isprintable():
        seen = f"the reason is {reason[:40]!r}"
        raise ActRefused(act, version, seen, f"--reason with one line of 1 to {_LONGEST:,} characters")
    return reason


def _known(act: str, records: list[Record], version: str) -> Model:
    model = replay(records).get(version)
    if model is None or not model.digest:
        cure = "python pipeline.py models lists those that have"
        raise ActRefused(act, version, "its run has registered no model", cure)
    return model


def _check_there(act: str, runs: Path, model: Model) -> None:
    """The model is in the archive, to the bit as it was registered."""
    try:
        check_run(Path(runs), model.dataset, model.version, model.digest)
    except PromotionRefused as error:
        reason = str(error).partition(f"{model.version}: ")[2].partition(". Cure: ")[0]
        raise ActRefused(act, model.version, reason, _RERUN) from error


def promote_model(
    runs: Path, dataset: str, version: str, policy: Policy, expected: int | None = None, reason: str = ""
) -> Champion:
    """Make a registered model the champion, if its gates passed, its files are right, and it is approved as asked.

    `expected` is the pointer's generation that the decision was made against; None: the present one. Raises
    PromotionRefused, and GenerationMoved where another promotion came first.
    """
    by_hand = expected is None
    by = require_who(f"promote {version}") if by_hand else who()
    record_runs(runs, dataset, by)
    if by_hand:
        champion = read_champion(runs, dataset)
        expected = champion.generation if champion else 0
    with open_ledger(runs, dataset) as ledger:
        model = _known("promote", ledger.records, version)
    if by_hand:  # a run has published its files a moment ago
        _check_files(runs, model)

    def permit(records: list[Record]) -> dict:
        models = replay(records)
        present = last_move(records, CHAMPION)
        if present and present.digest == models[version].digest:
            raise PromotionRefused(dataset, version, f"it is the champion already: {present.version}", _DONE)
        return check_promotion(models[version], policy, list(models.values())) | {"reason": reason}

    return promote(runs, dataset, version, model.digest, expected, kind=PROMOTION, by=by, permit=permit)


def _check_files(runs: Path, model: Model) -> None:
    """Every file of the version is what its manifest says, and the manifest is the one that was registered."""
    check_run(Path(runs), model.dataset, model.version, model.digest)
    problems = verify_version(Path(runs), model.version)
    if problems:
        raise PromotionRefused(model.dataset, model.version, str(problems[0]).partition(". Cure: ")[0], _RERUN)
    if read_manifest(runs, model.version).get(SEAL) != model.facts.get("seal"):
        seen = f"its {MANIFEST} is not the one that was registered"
        raise PromotionRefused(model.dataset, model.version, seen, _RERUN)
