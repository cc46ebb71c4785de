"""What the origin says of a version: records of its log, each as it was written there. Evidence, and nothing more.

A record by itself proves what it says to whoever knows its key; that it still stood when the version left, only the
log that it comes from can prove, against the head that travels with it.
"""

from dataclasses import dataclass

from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit import signing
from churn_mlops.registry.audit.anchor import Anchor, read_anchor
from churn_mlops.registry.audit.record import Record, parse
from churn_mlops.registry.models import (
    APPROVAL,
    PROMOTION,
    REGISTRATION,
    REJECTION,
    RETIREMENT,
    ROLLBACK,
    Model,
    concerns,
    replay,
)

DECIDED = (APPROVAL, REJECTION, RETIREMENT, PROMOTION, ROLLBACK)
LARGEST = 4 << 20  # bytes of all records about one version


@dataclass(frozen=True)
class Evidence:
    """The records of another archive about a version, and the head of their log; both may be missing."""

    head: Anchor | None
    records: list[Record]
    lines: list[str]  # the same as they were written

    def model(self, version: str) -> Model | None:
        """Where the model stood there, as far as its own records tell."""
        return replay(self.records).get(version)

    def told(self) -> list[dict]:
        """Who decided what there, for a record here."""
        names = ("n", "at", "kind", "by", "hash", "key")
        decided = [record for record in self.records if record.kind in DECIDED]
        return [
            {name: getattr(record, name) for name in names}
            | {name: _line(record.facts.get(name)) for name in ("version", "reason")}
            for record in decided
        ]


def _line(value) -> str | None:
    """A text of another hand as one line, of the length that a reason has here."""
    return " ".join(str(value).split())[:1000] if value else None


def read_evidence(head: bytes, content: bytes, version: str, dataset: str, seal: str) -> Evidence:
    """The records in an archive, each whole, of this version, and rightly signed where signed. Raises ValueError."""
    lines = content.split(b"\n")
    if lines.pop():
        raise ValueError("the last record is torn")
    try:
        anchor = read_anchor(head.decode("ascii")) if head else None
    except ConfigError:
        raise ValueError("the head of the log is none") from None
    records = [_record(line, place, version, dataset) for place, line in enumerate(lines, 1)]
    _check_order(records, anchor, dataset)
    for record in records:
        if record.kind == REGISTRATION and record.facts.get("seal") != seal:
            raise ValueError(f"record {record.n} registers a version with another manifest")
    _try_replay(records)
    return Evidence(anchor, records, [line.decode() for line in lines])


def _record(line: bytes, place: int, version: str, dataset: str) -> Record:
    try:
        record = parse(line)
    except ValueError as error:
        raise ValueError(f"line {place}: {error}") from None
    if record.dataset != dataset or not concerns(record, version):
        raise ValueError(f"record {record.n} is not about {version} of {dataset}")
    if record.key is None and record.signature is None:
        return record
    signing.require()
    if not signing.is_signed_rightly(record):
        raise ValueError(f"record {record.n} ({record.kind}): its signature is not of its content")
    return record


def _check_order(records: list[Record], head: Anchor | None, dataset: str) -> None:
    numbers = [record.n for record in records]
    if numbers != sorted(set(numbers)):
        raise ValueError("the records are not in the order in which they were written")
    if records and (head is None or head.dataset != dataset or head.n < numbers[-1]):
        raise ValueError("the head of the log is older than its records, or of another dataset")
    if records and head.n == numbers[-1] and head.hash != records[-1].hash:
        raise ValueError("the head of the log is not its last record")


def _try_replay(records: list[Record]) -> None:
    """Facts that are none of their kind would make no sense later either."""
    try:
        replay(records)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a record lacks what its kind must say: {error!r}") from None
