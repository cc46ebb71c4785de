"""`runs/registry/<dataset>/audit.jsonl`: records are added under the registry's lock, and never changed.

What a kill has torn is the end of the last line. The next writer puts its records in that place, the first of them
saying what stood there, so that nothing disappears without a word. Light to import.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import make_folder, sync_folder, write_all
from churn_mlops.archive.versions import now as present
from churn_mlops.errors import AuditDamaged
from churn_mlops.registry.audit.record import NONE, Record, content, parse, to_line
from churn_mlops.registry.audit.signing import sign

LOG = "audit.jsonl"
RECOVERY = "recovery"  # a record of this kind says what a kill had torn
_SHOWN = 500  # characters of it


@dataclass(frozen=True)
class Flaw:
    """A place of the log that is not as it was written: which record, and what is wrong with it."""

    what: str
    seen: str


@dataclass(frozen=True)
class Scan:
    """A log as it stands: its records in order, what is wrong with it, and what a kill has left of a last line."""

    records: list[Record]
    flaws: list[Flaw]
    torn: bytes
    size: int  # bytes of the whole lines


def scan(folder: Path) -> Scan:
    """Read a log and check each record against its hash, its place, and the one before."""
    path = Path(folder) / LOG
    raw = path.read_bytes() if path.is_file() else b""
    *lines, torn = raw.split(b"\n")
    records, flaws, expected, before = [], [], 1, NONE
    for place, line in enumerate(lines, 1):
        try:
            record = parse(line)
        except ValueError as error:
            flaws.append(Flaw(f"line {place}, where record {expected} belongs", str(error)))
            expected, before = expected + 1, None
            continue
        flaws += _flaws(record, place, expected, before)
        records.append(record)
        expected, before = record.n + 1, record.hash
    return Scan(records, flaws, torn, len(raw) - len(torn))


def _flaws(record: Record, place: int, expected: int, before: str | None) -> list[Flaw]:
    """What is wrong with a record that is whole: its place, or what it is bound to."""
    name = f"record {record.n} ({record.kind})"
    if record.n > expected:
        gone = f"record {expected}" if record.n == expected + 1 else f"records {expected} to {record.n - 1}"
        return [Flaw(gone, f"missing before {name} in line {place}")]
    if record.n < expected:
        return [Flaw(name, f"it stands in line {place}, where record {expected} belongs")]
    if before is not None and record.before != before:
        what = f"record {expected - 1}" if expected > 1 else name
        return [Flaw(what, f"it is not the one that {name} is bound to: the log was written anew up to there")]
    return []


def sound(folder: Path) -> Scan:
    """A log that is as it was written, but for a torn end; raises AuditDamaged for any other."""
    found = scan(folder)
    if found.flaws:
        raise AuditDamaged(Path(folder) / LOG, found.flaws[0].what, found.flaws[0].seen)
    return found


def read_log(folder: Path) -> list[Record]:
    """The records of a log; raises AuditDamaged where it is not as it was written."""
    return sound(folder).records


def read_lines(folder: Path) -> list[tuple[bytes, Record]]:
    """The lines of a log with their records; raises AuditDamaged where it is not as it was written."""
    records, path = read_log(folder), Path(folder) / LOG
    lines = path.read_bytes().split(b"\n")[: len(records)] if records else []
    return [(line, parse(line)) for line in lines]


def append(
    folder: Path, found: Scan, dataset: str, entries: list[tuple[str, dict]], by: str, now: str | None = None
) -> Scan:
    """Add records, each a kind and its facts, to a sound log in one write, flushed to disk; returns the log then.

    The registry's lock must be held since the log was read.
    """
    wanted = ([(RECOVERY, _describe(found.torn))] if found.torn else []) + entries
    before, last = (found.records[-1].hash, found.records[-1].n) if found.records else (NONE, 0)
    made, lines, at = [], b"", now or present()
    for n, (kind, facts) in enumerate(wanted, last + 1):
        line, record = to_line(sign(content(n, at, kind, dataset, by, facts, before)))
        before, lines = record.hash, lines + line + b"\n"
        made.append(record)
    _write(Path(folder) / LOG, found.size, lines)
    return Scan(found.records + made, [], b"", found.size + len(lines))


def _describe(torn: bytes) -> dict:
    """What was torn: whoever was killed had not been told that it was written."""
    text = torn[:_SHOWN].decode(errors="replace")
    return {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest(), "text": text}


def _write(path: Path, size: int, lines: bytes) -> None:
    """Write over what was torn, then cut what it was longer by: a kill in between leaves another torn end."""
    make_folder(path.parent)
    new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        os.lseek(handle, size, os.SEEK_SET)
        write_all(handle, lines)
        os.ftruncate(handle, size + len(lines))
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        sync_folder(path.parent)
