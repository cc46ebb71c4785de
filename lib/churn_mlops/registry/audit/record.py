"""One record of the audit log, and the line that holds it: `{"hash":"...",` and then all else, which the hash is of.

The hash covers the bytes of the line but for itself, so any byte that changes shows; `before` is the hash of the record
before, so any record that is missing or in another place shows too.
"""

import hashlib
import json
from dataclasses import dataclass

from churn_mlops.archive.parsing import parse_json

SCHEMA = 1  # of a record
NONE = "0" * 64  # what the first record is bound to
_HEAD, _REST = b'{"hash":"', 75  # a line begins so; from there on stands what the hash is of
_NAMES = {"schema", "n", "at", "kind", "dataset", "by", "facts", "before", "hash"}
_SIGNED = {"key", "signature"}


@dataclass(frozen=True)
class Record:
    """What was done, when and by whom."""

    n: int  # from 1, without gaps
    at: str  # UTC, to the second
    kind: str  # run, registration, approval, ...
    dataset: str
    by: str  # who did it: `Name <address>`
    facts: dict
    before: str  # hash of the record before
    hash: str
    key: str | None = None  # public key of the signature, base64
    signature: str | None = None


def content(n: int, at: str, kind: str, dataset: str, by: str, facts: dict, before: str) -> dict:
    """What a record says, without signature and hash."""
    fixed = {"schema": SCHEMA, "n": n, "at": at, "kind": kind, "dataset": dataset, "by": by}
    return {**fixed, "facts": facts, "before": before}


def to_line(said: dict) -> tuple[bytes, Record]:
    """The line of a record, without its newline, and the record as it will be read."""
    rest = plain(said)[1:]
    digest = hashlib.sha256(rest).hexdigest()
    line = _HEAD + digest.encode() + b'",' + rest
    return line, parse(line)


def parse(line: bytes) -> Record:
    """The record of a line; raises ValueError where it is none, or not the one that was written."""
    if not line.startswith(_HEAD) or line[_REST - 2 : _REST] != b'",':
        raise ValueError("it is no record")
    if hashlib.sha256(line[_REST:]).hexdigest().encode() != line[len(_HEAD) : _REST - 2]:
        raise ValueError("its hash is not that of its content: it was changed after it was written")
    try:
        said = parse_json(line, "record")
    except ValueError:
        raise ValueError("it is no JSON") from None
    return _record(said)


def _record(said) -> Record:
    if not isinstance(said, dict) or said.get("schema") != SCHEMA or not _NAMES <= set(said) <= _NAMES | _SIGNED:
        raise ValueError(f"it is no record of schema {SCHEMA}")
    texts = (said[name] for name in ("at", "kind", "dataset", "by", "before"))
    if type(said["n"]) is not int or not isinstance(said["facts"], dict) or not all(isinstance(t, str) for t in texts):
        raise ValueError("a value has another type than it must have")
    return Record(**{name: value for name, value in said.items() if name != "schema"})


def signed_part(record: Record) -> bytes:
    """What a signature is of: all that the record says, the key included."""
    said = content(record.n, record.at, record.kind, record.dataset, record.by, record.facts, record.before)
    return plain(said | {"key": record.key})


def plain(said: dict) -> bytes:
    """A value as bytes, in one way only."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
