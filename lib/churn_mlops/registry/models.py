"""The models of a dataset and what became of each, read from the audit log alone.

A run registers a candidate. People approve, reject or retire it; a promotion makes it champion, and retires the one
that was. What was rejected, retired by somebody or rolled back serves again only after it was approved anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.identity import is_same
from churn_mlops.registry.ledger import BEGINNING

CANDIDATE, APPROVED, CHAMPION_STATE, RETIRED, REJECTED = "candidate", "approved", "champion", "retired", "rejected"
REGISTRATION, APPROVAL, REJECTION, RETIREMENT = "registration", "approval", "rejection", "retirement"
PROMOTION, ROLLBACK, SHADOWING, DELETION = "promotion", "rollback", "shadow", "deletion"
REPRODUCTION = "reproduction"
IMPORT = "import"  # a version that another archive has made


@dataclass
class Model:
    """A model version: what it is, and where it stands."""

    version: str
    dataset: str
    state: str = CANDIDATE
    facts: dict = field(default_factory=dict)  # of its registration
    registered: str | None = None  # moment of it; None for a champion from before the log
    approvals: list[Record] = field(default_factory=list)  # that have not been taken back
    moved: list[Record] = field(default_factory=list)  # its promotions, and the rollbacks to it
    stopped: Record | None = None  # what keeps it from serving: a rejection, a retirement, a rollback from it
    reproduced: list[Record] = field(default_factory=list)  # what came of making it again
    shadow: bool = False
    deleted: str | None = None  # moment at which `gc` took it

    @property
    def digest(self) -> str | None:
        """SHA-256 of its model file."""
        return self.facts.get("digest")

    @property
    def author(self) -> str | None:
        """Who started the run; None where that is not known."""
        return self.facts.get("author")

    @property
    def importer(self) -> str | None:
        """Who brought it in from elsewhere; None where a run here has made it."""
        return self.facts.get("importer")

    @property
    def foreign(self) -> bool:
        """Whether it came from elsewhere and nobody known here vouches for it, so that somebody has to look at it."""
        return self.importer is not None and not self.facts.get("vouched")


def replay(records: Iterable[Record]) -> dict[str, Model]:
    """The models by version, in the order in which they were registered."""
    models: dict[str, Model] = {}
    for record in records:
        apply(models, record)
    return models


def apply(models: dict[str, Model], record: Record) -> None:
    """Let a record have its effect on the models; many have none."""
    if record.kind in _EFFECTS:
        _EFFECTS[record.kind](models, record)


def concerns(record: Record, version: str) -> bool:
    """Whether a record is about this version."""
    facts = record.facts
    return version in (facts.get("version"), facts.get("previous")) or version in (facts.get("versions") or ())


def people(approvals: Iterable[Record]) -> list[str]:
    """The different people among those who have approved."""
    found: list[str] = []
    for record in approvals:
        if not any(is_same(record.by, name) for name in found):
            found.append(record.by)
    return found


def served_before(records: Iterable[Record]) -> list[str]:
    """The versions to which rollbacks lead, newest last: a promotion adds one, a rollback takes one away."""
    stack: list[str] = []
    for record in records:
        if record.kind == BEGINNING:
            stack = list(record.facts["past"])
        elif record.kind == PROMOTION:
            stack.append(record.facts["version"])
        elif record.kind == ROLLBACK:
            while stack and stack[-1] != record.facts["version"]:
                stack.pop()
    return stack[:-1]


def _model(models: dict, record: Record, version: str | None = None) -> Model:
    version = version or record.facts["version"]
    return models.setdefault(version, Model(version, record.dataset))


def _begin(models: dict, record: Record) -> None:
    champion = record.facts["champion"]
    if champion:
        model = _model(models, record, champion["version"])
        model.state, model.facts = CHAMPION_STATE, {"digest": champion["digest"]}


def _register(models: dict, record: Record) -> None:
    model = _model(models, record)
    model.facts, model.registered, model.deleted = record.facts, record.at, None


def _approve(models: dict, record: Record) -> None:
    model = _model(models, record)
    model.approvals.append(record)
    model.stopped = None
    if model.state != CHAMPION_STATE:
        enough = len(people(model.approvals)) >= record.facts["needed"]
        model.state = APPROVED if enough else CANDIDATE


def _stop(state: str):
    def stop(models: dict, record: Record) -> None:
        model = _model(models, record)
        model.state, model.stopped, model.approvals = state, record, []

    return stop


def _move(models: dict, record: Record) -> None:
    for model in models.values():
        if model.state == CHAMPION_STATE:
            model.state = RETIRED
            if record.kind == ROLLBACK:
                model.stopped, model.approvals = record, []
    model = _model(models, record)
    model.state = CHAMPION_STATE
    model.moved.append(record)


def _shadow(models: dict, record: Record) -> None:
    for model in models.values():
        model.shadow = False
    if record.facts["version"]:
        _model(models, record).shadow = True


def _reproduce(models: dict, record: Record) -> None:
    if record.facts["version"] in models:
        models[record.facts["version"]].reproduced.append(record)


def _delete(models: dict, record: Record) -> None:
    for version in record.facts["versions"]:
        if version in models:
            models[version].deleted = record.at


_EFFECTS = {
    BEGINNING: _begin,
    REGISTRATION: _register,
    APPROVAL: _approve,
    REJECTION: _stop(REJECTED),
    RETIREMENT: _stop(RETIRED),
    PROMOTION: _move,
    ROLLBACK: _move,
    SHADOWING: _shadow,
    DELETION: _delete,
    REPRODUCTION: _reproduce,
}
