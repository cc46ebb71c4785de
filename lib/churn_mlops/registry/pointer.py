"""A pointer of the registry: which version serves a dataset, or shadows what serves.

`<name>.json` holds where it leads now, `history.jsonl` the champion's past, one promotion a line, append-only. The
generation counts the moves and never goes back, so a pointer that somebody puts back by hand is noticed. Writing
is for `ledger.py`, which puts the move into the audit log first. Light to import: `status` reads it.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from churn_mlops.archive.files import sync_folder, write_all, write_json
from churn_mlops.archive.parsing import parse_json
from churn_mlops.errors import ConfigError, RegistryError

SCHEMA = 1  # of a pointer's file and of each line of history.jsonl
CHAMPION, SHADOW = "champion", "shadow"
POINTER, HISTORY, LOCK = "champion.json", "history.jsonl", "lock"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Champion:
    """Where a pointer leads: for the champion's, the model that serves a dataset now."""

    dataset: str
    version: str | None  # the run that made it: a folder of the archive; None for a shadow that was taken away
    generation: int  # 1 for the first champion, one more with each move
    since: str  # moment of the move, UTC, 2026-11-23T22:46:00Z
    digest: str | None  # SHA-256 of its model file
    before: str | None  # version to which the pointer led before
    record: str | None = None  # hash of the record in the audit log; None for what is older than the log


def registry_folder(runs: Path, dataset: str) -> Path:
    """Where a dataset's pointers live; raises ConfigError for a name that could lead elsewhere."""
    return Path(runs) / "registry" / safe("dataset name", dataset)


def read_pointer(folder: Path, name: str) -> Champion | None:
    """Where a pointer leads, or None before its first move; raises RegistryError when it is damaged."""
    path = Path(folder) / f"{name}.json"
    if not path.is_file():
        return None
    return _champion(path, path.read_bytes())


def write_pointer(folder: Path, name: str, champion: Champion) -> None:
    """Let a pointer lead there; for the champion, the history before and after is completed."""
    if name == CHAMPION:
        append_missing(folder / HISTORY, read_pointer(folder, name))  # a kill may have come between the two files
    write_json(folder / f"{name}.json", _record(champion))
    if name == CHAMPION:
        append_missing(folder / HISTORY, champion)


def read_past(folder: Path) -> list[Champion]:
    """The promotions that the history holds, oldest first."""
    path = Path(folder) / HISTORY
    return [_champion(path, line) for line in _history_lines(path)]


def check_not_put_back(folder: Path, current: Champion | None) -> None:
    """The history is written after the pointer: when it knows a newer champion, the pointer was changed by hand."""
    lines = _history_lines(folder / HISTORY)
    if not lines:
        return
    newest = _champion(folder / HISTORY, lines[-1])
    generation = current.generation if current else 0
    if newest.generation > generation or (newest.generation == generation and newest != current):
        raise RegistryError(
            f"{folder / POINTER}: it is at generation {generation}, its history at {newest.generation} "
            f"(version {newest.version}): the pointer was changed by hand. "
            f"Cure: put the last line of {folder / HISTORY} into {POINTER}."
        )


def append_missing(path: Path, champion: Champion | None) -> None:
    """Append a promotion that the history does not end with yet, over a line that a kill has torn."""
    lines = _history_lines(path)
    if champion is None or (lines and _champion(path, lines[-1]).generation >= champion.generation):
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        os.ftruncate(handle, sum(len(line) + 1 for line in lines))
        os.lseek(handle, 0, os.SEEK_END)
        write_all(handle, json.dumps(_record(champion), sort_keys=True).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)


def _history_lines(path: Path) -> list[bytes]:
    """The whole lines; what follows the last newline was never finished."""
    return path.read_bytes().split(b"\n")[:-1] if path.is_file() else []


def _record(champion: Champion) -> dict:
    return {"schema": SCHEMA, **asdict(champion)}


def _champion(path: Path, text: str | bytes) -> Champion:
    try:
        record = parse_json(text, path)
        if record.pop("schema") != SCHEMA:
            raise ValueError("unknown schema")
        champion = Champion(**record)
        if type(champion.generation) is not int or champion.generation < 1:
            raise ValueError("generation must be a whole number from 1")
        if champion.version is not None or path.name in (POINTER, HISTORY):
            safe("version", champion.version)
    except (ValueError, TypeError, KeyError, AttributeError, ConfigError) as error:
        raise RegistryError(
            f"{path}: not a champion record of schema {SCHEMA}: {error!r}. "
            f"Cure: restore {POINTER} from the last line of {HISTORY}, or both from a copy of the archive."
        ) from error
    return champion


def safe(what: str, name: str) -> str:
    """The name, which is one of a file and leads nowhere else; raises ConfigError for any other."""
    if isinstance(name, str) and _NAME.fullmatch(name) and ".." not in name:
        return name
    raise ConfigError(
        f"{what} {name!r}: expected 1 to 64 letters, digits, `.`, `_` or `-`, with a letter or digit "
        f"at both ends and no `..`. Cure: correct `name` in the dataset definition."
    )
