"""Anchors: the head of a log, kept where nobody can change it with the log, against which a shortened one shows."""

from dataclasses import dataclass
from pathlib import Path

from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit.log import Flaw, read_log
from churn_mlops.registry.audit.record import Record


@dataclass(frozen=True)
class Anchor:
    """A record that a log must hold."""

    dataset: str
    n: int
    hash: str

    def __str__(self) -> str:
        return f"{self.dataset}:{self.n}:{self.hash}"


def make_anchor(folder: Path) -> Anchor | None:
    """The head of a dataset's log; None where it is empty. Raises AuditDamaged for a log that is not as written."""
    records = read_log(folder)
    return Anchor(Path(folder).name, records[-1].n, records[-1].hash) if records else None


def read_anchor(text: str) -> Anchor:
    """What `audit anchor` has printed; raises ConfigError for anything else."""
    dataset, _, rest = text.strip().partition(":")
    n, _, digest = rest.partition(":")
    if not (dataset and n.isdecimal() and int(n) > 0 and len(digest) == 64 and set(digest) <= set("0123456789abcdef")):
        raise ConfigError(
            f"--anchor {text!r}: expected DATASET:NUMBER:HASH. "
            "Cure: give it as `python pipeline.py audit anchor` printed it."
        )
    return Anchor(dataset, int(n), digest)


def check_anchor(anchor: Anchor, records: list[Record]) -> list[Flaw]:
    """What a log has lost since it had this head, or how it was written anew."""
    found = next((record for record in records if record.n == anchor.n), None)
    last = max((record.n for record in records), default=0)
    if found is None and last < anchor.n:
        gone = f"record {anchor.n}" if last == anchor.n - 1 else f"records {last + 1} to {anchor.n}"
        return [Flaw(gone, f"missing at the end: the anchor has seen {anchor.n}; the log was cut or put back")]
    if found is None:
        return [Flaw(f"record {anchor.n}", "missing, and the anchor has seen it")]
    if found.hash != anchor.hash:
        return [
            Flaw(
                f"record {anchor.n}", "it is not the one that the anchor has seen: the log was put back or written anew"
            )
        ]
    return []
