"""What an archive holds, unpacked where nobody sees it, and checked: files, manifest, pages, records.

All of it is done in the folder of an unfinished version, which goes away with whatever is refused.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from churn_mlops.archive.files import read_json, write_all
from churn_mlops.archive.seal import SEAL, is_sealed
from churn_mlops.archive.shape import manifest_flaw, metrics_flaw
from churn_mlops.archive.transfer.blocks import Member
from churn_mlops.archive.transfer.head import Head
from churn_mlops.archive.transfer.pages import permits
from churn_mlops.archive.transfer.unpacking import AGAIN, unpack
from churn_mlops.archive.versions import MANIFEST, METRICS, SCHEMA, Building
from churn_mlops.errors import TransferRefused, UnreadableFile
from churn_mlops.registry.transfer.evidence import LARGEST, Evidence, read_evidence
from churn_mlops.registry.transfer.exporting import HEAD, RECORDS

_MANIFEST_LARGEST = 64 << 20  # bytes


@dataclass(frozen=True)
class Opened:
    """What an archive holds, once it is below `building`: checked, and not yet to be seen."""

    building: Building
    manifest: dict
    evidence: Evidence


def open_archive(building: Building, file: BinaryIO, path: Path, head: Head) -> Opened:
    """Unpack below the building, and check what is there: manifest, seal, digests, pages, records.

    Raises TransferRefused, which names `path`, for the first thing that is not as it must be.
    """
    beside: dict[str, bytes] = {}  # the records and their head
    found: dict[str, dict] = {}  # digest and size of each file, by its path in the version

    def take(member: Member) -> None:
        if member.name in (HEAD, RECORDS):
            beside[member.name] = _small(member, path, LARGEST)
        elif member.name.startswith(f"{head.version}/"):
            name = member.name.removeprefix(f"{head.version}/")
            found[name] = {"sha256": _write(building.folder / name, member, path), "bytes": member.size}
        else:
            seen = f"`{member.name}` is neither of version {head.version} nor of its records"
            raise TransferRefused(path, seen, AGAIN)

    unpack(file, path, head, take)
    manifest = _manifest(building.folder, path, head)
    _check_files(path, manifest["files"], {name: facts for name, facts in found.items() if name != MANIFEST})
    if page := permits(building.folder, found):
        seen = f"`{page}` does not begin as our pages do, with a policy that lets nothing in it run"
        raise TransferRefused(path, seen, "take it only from who makes pages with this release")
    return Opened(building, manifest, _evidence(path, head, beside, manifest[SEAL]))


def _evidence(path: Path, head: Head, beside: dict[str, bytes], seal: str) -> Evidence:
    if missing := [name for name in (HEAD, RECORDS) if name not in beside]:
        raise TransferRefused(path, f"{missing[0]} is missing", AGAIN)
    try:
        return read_evidence(beside[HEAD], beside[RECORDS], head.version, head.dataset, seal)
    except ValueError as error:
        raise TransferRefused(path, f"{RECORDS}: {error}", AGAIN) from None


def _small(member: Member, path: Path, largest: int) -> bytes:
    if member.size > largest:
        raise TransferRefused(path, f"`{member.name}` has {member.size:,} bytes; at most {largest:,} are taken", AGAIN)
    return b"".join(member.pieces)


def _check_files(path: Path, named: dict, found: dict) -> None:
    """The manifest names these files, and no others, with these digests and sizes."""
    for name in sorted({*named, *found}):
        if name not in found:
            raise TransferRefused(path, f"`{name}` is missing, which its manifest names", AGAIN)
        if name not in named:
            raise TransferRefused(path, f"`{name}` is there, and its manifest does not name it", AGAIN)
        if {key: named[name][key] for key in found[name]} != found[name]:
            seen = f"found digest {found[name]['sha256'][:12]}, and its manifest says {named[name]['sha256'][:12]}"
            raise TransferRefused(path, f"`{name}`: {seen}", AGAIN)


def _write(place: Path, member: Member, path: Path) -> str:
    """A file of the version, new; returns its digest. Publishing flushes all but the manifest."""
    last, digest = place.name == MANIFEST, hashlib.sha256()
    if last and member.size > _MANIFEST_LARGEST:
        raise TransferRefused(path, f"`{member.name}` has {member.size:,} bytes; at most {_MANIFEST_LARGEST:,}", AGAIN)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        for piece in member.pieces:
            digest.update(piece)
            write_all(handle, piece)
        if last:
            os.fsync(handle)
    finally:
        os.close(handle)
    return digest.hexdigest()


def _manifest(folder: Path, path: Path, head: Head) -> dict:
    """The manifest of what was unpacked: whole, sealed, of this version, and what its readers can do with."""

    def refuse(seen: str):
        return TransferRefused(path, f"{MANIFEST}: {seen}", AGAIN)

    if not (folder / MANIFEST).is_file():
        raise refuse("missing")
    try:
        manifest = read_json(folder / MANIFEST)
        metrics = read_json(folder / METRICS) if (folder / METRICS).is_file() else None
    except UnreadableFile as error:
        raise refuse(str(error).partition(": ")[2].partition(". Cure: ")[0]) from None
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise refuse(f"expected an object with schema {SCHEMA}")
    if not is_sealed(manifest):
        raise refuse("its seal is not the digest of all else in it: it was changed")
    if seen := manifest_flaw(manifest) or (metrics_flaw(metrics) if metrics is not None else None):
        raise refuse(seen)
    if (manifest["version"], manifest["dataset"]) != (head.version, head.dataset):
        raise refuse(f"it is that of {manifest['version']} of {manifest['dataset']}, and the archive says another")
    return manifest
