"""A version from an archive: checked from the outside inwards, then there by one rename, as a candidate.

What it may do here: docs/transfer.md. Killed at any moment, an import leaves no version or all of one; what stands
half-made in `runs/.building/` the next run or import removes, and what is not on record yet the next writer records.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json, write_all
from churn_mlops.archive.seal import SEAL, is_sealed
from churn_mlops.archive.shape import manifest_flaw, metrics_flaw, version_flaw
from churn_mlops.archive.transfer.blocks import Member
from churn_mlops.archive.transfer.head import SIZE, Head
from churn_mlops.archive.transfer.pages import permits
from churn_mlops.archive.transfer.unpacking import AGAIN, check_outside, unpack
from churn_mlops.archive.verify import verify_version
from churn_mlops.archive.versions import MANIFEST, METRICS, SCHEMA, Building, begin, discard, publish, read_manifest
from churn_mlops.errors import ArchiveDamaged, ConfigError, TransferRefused, UnreadableFile
from churn_mlops.registry.audit import signing
from churn_mlops.registry.identity import require_who
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.models import IMPORT, REGISTRATION
from churn_mlops.registry.registering import RUN, record_runs
from churn_mlops.registry.transfer.evidence import LARGEST, Evidence, read_evidence
from churn_mlops.registry.transfer.exporting import HEAD, RECORDS
from churn_mlops.registry.transfer.receipt import write_receipt

IMPORTED, THERE = "imported", "there already"  # what became of an import
POLICY, OPTION = "policy", "option"  # where the key stands that an archive is signed with
_VERIFY = "python pipeline.py verify"
_MANIFEST_LARGEST = 64 << 20  # bytes


@dataclass(frozen=True)
class Signer:
    """By whom an archive is signed: the key, the name that the policy has for it, and who knows the key."""

    key: str | None = None
    name: str | None = None
    known_by: str | None = None  # POLICY, OPTION, or nobody


@dataclass(frozen=True)
class Opened:
    """What an archive holds, once it is below `building`: checked, and not yet to be seen."""

    building: Building
    manifest: dict
    evidence: Evidence


def import_version(runs: Path, path: Path, keys_of, key: str | None = None) -> dict:
    """Take a version in, or say that it is there already; returns what was done and what was found.

    `keys_of(dataset)` are the public keys by name that the policy here knows; where there are any, or `key` is given,
    only what is signed with one of them is taken. Raises TransferRefused, and changes nothing, for any other archive.
    """
    runs, path = Path(runs), Path(path)
    by = require_who("import")
    if not path.is_file():
        raise ConfigError(f"{path}: no such file. Cure: the name of an archive that `export` has written.")
    with path.open("rb") as file:
        head = check_outside(file, path)
        if seen := version_flaw(head.version):
            raise TransferRefused(path, seen, AGAIN)
        signer = check_signer(head, path, keys_of(head.dataset), key)
        building = begin(runs, head.version)
        try:
            opened = _open(building, file, path, head)
            return _settle(runs, path, head, signer, opened, by)
        finally:
            discard(building)


def check_signer(head: Head, path: Path, keys: dict[str, str], key: str | None) -> Signer:
    """By whom the archive is signed. Raises TransferRefused for a wrong signature, or none that must be."""
    if head.key is None or head.signature is None:
        if keys or key or head.key or head.signature:
            asks = "--key asks for one" if key else f"the policy of {head.dataset} names keys"
            cure = "let who exports it set CHURN_SIGNING_KEY"
            raise TransferRefused(path, f"it is not signed, and {asks}", cure)
        return Signer()
    signing.require()
    if not signing.is_signature(head.key, head.signature, head.signed_part()):
        raise TransferRefused(path, "its signature is not of its content", AGAIN)
    if key and head.key != key:
        raise TransferRefused(path, f"it is signed with {head.key}, and --key is {key}", "ask who signed it")
    name = next((name for name, known in keys.items() if known == head.key), None)
    if keys and name is None and not key:
        cure = "give the key by --key if you know whose it is, or add it to [policy.keys]"
        raise TransferRefused(path, f"it is signed with {head.key}, which [policy.keys] does not name", cure)
    return Signer(head.key, name, POLICY if name else OPTION if key else None)


def _open(building: Building, file, path: Path, head: Head) -> Opened:
    """Unpack below the building, and check what is there: manifest, seal, digests, records."""
    beside: dict[str, bytes] = {}
    found: dict[str, dict] = {}

    def take(member: Member) -> None:
        if member.name in (HEAD, RECORDS):
            beside[member.name] = _small(member, path, LARGEST)
        elif member.name.startswith(f"{head.version}/"):
            name = member.name.removeprefix(f"{head.version}/")
            found[name] = {"sha256": _write(building.folder / name, member, path), "bytes": member.size}
        else:
            raise TransferRefused(
                path, f"`{member.name}` is neither of version {head.version} nor of its records", AGAIN
            )

    unpack(file, path, head, take)
    manifest = _manifest(building.folder, path, head)
    _check_files(path, manifest["files"], {name: facts for name, facts in found.items() if name != MANIFEST})
    if page := permits(building.folder, found):
        seen = f"`{page}` does not begin as our pages do, with a policy that lets nothing in it run"
        raise TransferRefused(path, seen, "take it only from who makes pages with this release")
    try:
        said = (beside[HEAD], beside[RECORDS])
        evidence = read_evidence(*said, head.version, head.dataset, manifest[SEAL])
    except KeyError as error:
        raise TransferRefused(path, f"{error.args[0]} is missing", AGAIN) from None
    except ValueError as error:
        raise TransferRefused(path, f"{RECORDS}: {error}", AGAIN) from None
    return Opened(building, manifest, evidence)


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


def _settle(runs: Path, path: Path, head: Head, signer: Signer, opened: Opened, by: str) -> dict:
    """Let the version appear and put it on record; or find that it is there."""
    answer = _describe(path, head, signer, opened)
    if (runs / head.version).exists():
        _check_same(runs, path, head.version, opened.manifest)
        return answer | {"outcome": THERE}
    with open_ledger(runs, head.dataset) as ledger:
        _check_known(ledger.records, path, head.version, opened.manifest[SEAL])
        facts = _facts(path, head, signer, opened, by)
        write_receipt(runs, head.dataset, head.version, facts, opened.evidence.lines)
        try:
            publish(opened.building, None)
        except ArchiveDamaged as error:
            raise TransferRefused(path, str(error).partition(". Cure: ")[0], AGAIN) from None
    record_runs(runs, head.dataset, by)
    return answer | {"outcome": IMPORTED, "vouched": facts["vouched"]}


def _check_same(runs: Path, path: Path, version: str, manifest: dict) -> None:
    """What stands there under this id is the same, and is whole."""
    if problems := verify_version(runs, version):
        raise TransferRefused(path, f"{version} is there already, and is damaged: {problems[0].file}", _VERIFY)
    if read_manifest(runs, version)[SEAL] != manifest[SEAL]:
        raise TransferRefused(path, f"{version} is there already, with other content", "ask who exported it")


def _check_known(records, path: Path, version: str, seal: str) -> None:
    """What the log knows under this id, also of one that `gc` took, is the same: approvals were of that."""
    for record in records:
        told = record.facts
        if record.kind in (RUN, IMPORT, REGISTRATION) and told["version"] == version and told.get("seal") != seal:
            seen = f"record {record.n} of the audit log knows {version} with another manifest"
            raise TransferRefused(path, seen, "ask who exported it")


def _facts(path: Path, head: Head, signer: Signer, opened: Opened, by: str) -> dict:
    """What goes on record. Nobody here vouches for what the origin itself had stopped."""
    manifest, evidence = opened.manifest, opened.evidence
    model = evidence.model(head.version)
    told = {name: manifest.get(name) for name in ("status", "verdict", "author", "started", "finished")}
    return {
        "version": head.version,
        **told,
        "importer": by,
        "archive": {"sha256": digest_file(path), "content": head.sha256, "bytes": head.bytes + SIZE},
        "signed": {"key": signer.key, "name": signer.name, "known_by": signer.known_by},
        "vouched": signer.known_by == POLICY and not (model and model.stopped),
        "origin": {"head": str(evidence.head) if evidence.head else None, "decided": evidence.told()},
        "seal": manifest[SEAL],
    }


def _describe(path: Path, head: Head, signer: Signer, opened: Opened) -> dict:
    evidence = opened.evidence
    model = evidence.model(head.version)
    return {
        "version": head.version,
        "dataset": head.dataset,
        "file": str(path),
        "content": head.sha256,
        "files": len(opened.manifest["files"]) + 1,
        "author": opened.manifest.get("author"),
        "key": signer.key,
        "signer": signer.name,
        "known_by": signer.known_by,
        "origin": {
            "head": str(evidence.head) if evidence.head else None,
            "state": model.state if model else None,
            "records": len(evidence.records),
            "decided": evidence.told(),
        },
    }
