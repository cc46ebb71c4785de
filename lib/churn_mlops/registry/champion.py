"""The champion pointer: which version serves a dataset, moved by compare-and-swap so that no writer is lost.

`runs/registry/<dataset>/champion.json` is the truth, `history.jsonl` beside it its past, one promotion
a line, append-only. The generation counts promotions and never goes back, so a pointer that somebody
puts back by hand is noticed. Light to import: `status` reads it.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import locked, sync_folder, write_all, write_json
from churn_mlops.archive.versions import now as present
from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ConfigError, GenerationMoved, PromotionRefused, RegistryError

SCHEMA = 1  # of champion.json and of each line of history.jsonl
POINTER, HISTORY, LOCK = "champion.json", "history.jsonl", "lock"
MODEL = "artifacts/model.skops"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Champion:
    """The model that serves a dataset now."""

    dataset: str
    version: str  # the run that made it: a folder of the archive
    generation: int  # 1 for the first champion, one more with each promotion
    since: str  # moment of the promotion, UTC, 2026-11-23T22:46:00Z
    digest: str  # SHA-256 of its model file
    before: str | None  # version that was champion before


def registry_folder(runs: Path, dataset: str) -> Path:
    """Where a dataset's pointer lives; raises ConfigError for a name that could lead elsewhere."""
    return Path(runs) / "registry" / _safe("dataset name", dataset)


def read_champion(runs: Path, dataset: str) -> Champion | None:
    """The champion of a dataset, or None before the first promotion; raises RegistryError when it is damaged."""
    path = registry_folder(runs, dataset) / POINTER
    if not path.is_file():
        return None
    return _champion(path, path.read_text(encoding="utf-8"))


def read_history(runs: Path, dataset: str) -> list[Champion]:
    """All promotions, oldest first; the last one is the champion."""
    path = registry_folder(runs, dataset) / HISTORY
    known, current = [_champion(path, line) for line in _history_lines(path)], read_champion(runs, dataset)
    if current and (not known or known[-1].generation < current.generation):  # a kill has come between the two files
        known.append(current)
    return known


def promote(
    runs: Path, dataset: str, version: str, digest: str, expected_generation: int, now: str | None = None
) -> Champion:
    """Make a published version the champion, if the pointer is still at `expected_generation` (0: none yet).

    Raises GenerationMoved when another promotion came first; PromotionRefused when the run is absent,
    did not succeed, belongs to another dataset, or its model file is not the one with `digest`;
    RegistryError when pointer and history contradict each other. Nothing is changed then.
    """
    folder = registry_folder(runs, dataset)
    with locked(folder / LOCK):
        current = read_champion(runs, dataset)
        _check_not_put_back(folder, current)
        generation = current.generation if current else 0
        if generation != expected_generation:
            raise GenerationMoved(dataset, version, expected_generation, generation)
        check_run(Path(runs), dataset, version, digest)
        before = current.version if current else None
        champion = Champion(dataset, version, generation + 1, now or present(), digest, before)
        _append_missing(folder / HISTORY, current)  # a kill may have come between pointer and history
        write_json(folder / POINTER, _record(champion))
        _append_missing(folder / HISTORY, champion)
    return champion


def check_run(runs: Path, dataset: str, version: str, digest: str) -> None:
    """Only a published, succeeded run of this dataset with exactly this model file may serve."""

    def refuse(reason, cure):
        raise PromotionRefused(dataset, version, reason, cure)

    manifest = _manifest(runs, dataset, version)
    if manifest.get("version", version) != version:
        refuse(f"its manifest describes version {manifest['version']}", "name the version itself")
    if manifest.get("status") != "succeeded":
        refuse(f"its run is `{manifest.get('status')}`, not succeeded", "run the pipeline again")
    if manifest.get("dataset", dataset) != dataset:
        refuse(f"it was made for dataset `{manifest['dataset']}`", "promote it there")
    model = runs / version / MODEL
    found = digest_file(model) if model.is_file() else "absent"
    if found != digest:
        refuse(f"{MODEL} has digest {found[:12]}, expected {digest[:12]}", "do not use it; run the pipeline again")


def _manifest(runs: Path, dataset: str, version: str) -> dict:
    _safe("version", version)
    try:
        return read_manifest(runs, version)
    except ConfigError as error:
        raise PromotionRefused(dataset, version, "no such run", "python pipeline.py runs") from error
    except ValueError as error:
        raise PromotionRefused(dataset, version, "its manifest is no JSON", "run the pipeline again") from error


def check_pointer(runs: Path, dataset: str) -> None:
    """Raises RegistryError when the history knows a newer champion than the pointer names."""
    _check_not_put_back(registry_folder(runs, dataset), read_champion(runs, dataset))


def _check_not_put_back(folder: Path, current: Champion | None) -> None:
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


def _append_missing(path: Path, champion: Champion | None) -> None:
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
        record = json.loads(text)
        if record.pop("schema") != SCHEMA:
            raise ValueError("unknown schema")
        champion = Champion(**record)
        if type(champion.generation) is not int or champion.generation < 1:
            raise ValueError("generation must be a whole number from 1")
        _safe("version", champion.version)
    except (ValueError, TypeError, KeyError, AttributeError, ConfigError) as error:
        raise RegistryError(
            f"{path}: not a champion record of schema {SCHEMA}: {error!r}. "
            f"Cure: restore {POINTER} from the last line of {HISTORY}, or both from a copy of the archive."
        ) from error
    return champion


def _safe(what: str, name: str) -> str:
    if isinstance(name, str) and _NAME.fullmatch(name) and ".." not in name:
        return name
    raise ConfigError(
        f"{what} {name!r}: expected 1 to 64 letters, digits, `.`, `_` or `-`, with a letter or digit "
        f"at both ends and no `..`. Cure: correct `name` in the dataset definition."
    )
