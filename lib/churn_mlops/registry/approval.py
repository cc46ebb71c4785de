"""What a promotion demands: gates that passed, people who approved where the policy asks for them, and no objection."""

from pathlib import Path

from churn_mlops.config.settings import Config, Policy
from churn_mlops.errors import AuditDamaged, PromotionRefused
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.audit.signing import is_signed_rightly
from churn_mlops.registry.identity import UNKNOWN, is_same
from churn_mlops.registry.models import Model, people, replay
from churn_mlops.registry.pointer import registry_folder

NEEDED = {"auto": 0, "one": 1, "two": 2}  # people who must approve, by policy


def strictest(policies: list[Policy]) -> Policy:
    """Of several policies the one that asks for most people, with the keys of all."""
    approval = max((policy.approval for policy in policies), key=NEEDED.get, default="auto")
    keys = {name: key for policy in policies for name, key in policy.keys.items()}
    return Policy(approval, keys)


def counting(model: Model, policy: Policy) -> list[Record]:
    """The approvals that count: by others than who ran or imported it, and signed where the policy names keys."""
    own = (model.author or UNKNOWN, model.importer or UNKNOWN)
    others = [record for record in model.approvals if not any(is_same(record.by, name) for name in own)]
    return [record for record in others if not policy.keys or is_signed_by(record, policy.keys)]


def is_signed_by(record: Record, keys: dict[str, str]) -> bool:
    """Whether a record is signed with the key that is known for whoever it names."""
    known = {key for name, key in keys.items() if is_same(name, record.by)}
    return record.key in known and is_signed_rightly(record)


def missing_people(model: Model, policy: Policy) -> int:
    """How many more people have to approve; at least one has to where nobody here vouches for the model."""
    needed = max(NEEDED[policy.approval], int(model.foreign))
    return max(0, needed - len(people(counting(model, policy))))


def how_many(number: int) -> str:
    """A number of people, in words."""
    return {1: "one person", 2: "two people"}.get(number, f"{number} people")


def check_promotion(model: Model, policy: Policy, others: list[Model]) -> dict:
    """What the record of the promotion says of its permission; raises PromotionRefused where there is none.

    `others` are the dataset's models: what is said against one is said against every one with the same file.
    """
    version, command = model.version, "python pipeline.py"

    def refuse(reason, cure):
        raise PromotionRefused(model.dataset, version, reason, cure)

    if model.facts.get("experiment"):
        refuse("it is an experiment", "run the same for good: every stage is reused, and it is decided as always")
    gates = model.facts.get("gates") or []
    failed = [gate["name"] for gate in gates if not gate["passed"]]
    if not gates:
        refuse("no gate was evaluated", f"{command} runs all stages")
    if failed:
        refuse(
            f"{len(failed)} of {len(gates)} gates failed: {', '.join(failed)}", f"{command} show {version} says more"
        )
    if stopped := objection(model, others):
        refuse(told(stopped), f"{command} approve {version} --reason WHY, if that holds no longer")
    if number := missing_people(model, policy):
        why = "it comes from elsewhere" if model.foreign else "the policy asks for approval"
        who = "somebody who neither ran nor imported it" if model.importer else "somebody who did not run it"
        refuse(f"{why}, and {how_many(number)} must still approve it", waiting_cure(version, who))
    return {"policy": policy.approval, "approvals": [record.n for record in counting(model, policy)]}


def hindrance(runs: Path, version: str, digest: str, config: Config) -> str | None:
    """What stands between a new model and its promotion, by its run's own settings, though all its gates passed."""
    dataset, policy = config.definition.dataset.name, config.policy
    try:
        models = list(replay(read_log(registry_folder(runs, dataset))).values())
    except AuditDamaged:  # the run is published all the same, and told what is wrong when it is to be recorded
        return "the champion stays as it was; the audit log is not as it was written: python pipeline.py audit verify"
    model = Model(version, dataset, facts={"digest": digest})
    if stopped := objection(model, models):
        return f"the champion stays as it was; {told(stopped)}"
    if number := missing_people(model, policy):
        return f"waits for approval by {how_many(number)}: {waiting_cure(version)}"
    return None


def waiting_cure(version: str, who: str = "somebody who did not run it") -> str:
    """The commands by which a model that waits for approval becomes champion."""
    return f"python pipeline.py approve {version} --reason WHY, by {who}; then promote {version}"


def objection(model: Model, others: list[Model]) -> Record | None:
    """What was said against this model, or another with the same file, unless this one was approved since."""
    if model.stopped or model.approvals:
        return model.stopped
    same = (other.stopped for other in others if other.digest == model.digest and other.stopped)
    return next(same, None)


def told(stopped: Record) -> str:
    """An objection as a clause."""
    if stopped.kind == "rollback":
        return f"{stopped.by} rolled back from it on {stopped.at[:10]}" + _because(stopped)
    verb = {"rejection": "rejected", "retirement": "retired"}[stopped.kind]
    return f"it was {verb} by {stopped.by} on {stopped.at[:10]}" + _because(stopped)


def _because(record: Record) -> str:
    reason = record.facts.get("reason")
    return f": {reason}" if reason else ""
