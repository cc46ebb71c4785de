"""A version from an archive: checked from the outside inwards, then there by one rename, as a candidate.

What it may do here: docs/transfer.md. Killed at any moment, an import leaves no version or all of one; what stands
half-made in `runs/.building/` the next run or import removes, and what is not on record yet the next writer records.
"""

from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.seal import SEAL
from churn_mlops.archive.shape import version_flaw
from churn_mlops.archive.transfer.head import SIZE, Head
from churn_mlops.archive.transfer.unpacking import AGAIN, check_outside
from churn_mlops.archive.verify import verify_version
from churn_mlops.archive.versions import begin, discard, publish, read_manifest
from churn_mlops.errors import ArchiveDamaged, ConfigError, TransferRefused
from churn_mlops.registry.audit import signing
from churn_mlops.registry.identity import require_who
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.models import IMPORT, REGISTRATION
from churn_mlops.registry.registering import RUN, record_runs
from churn_mlops.registry.transfer.opening import Opened, open_archive
from churn_mlops.registry.transfer.receipt import write_receipt

IMPORTED, THERE = "imported", "there already"  # what became of an import
POLICY, OPTION = "policy", "option"  # where the key stands that an archive is signed with
_VERIFY = "python pipeline.py verify"


@dataclass(frozen=True)
class Signer:
    """By whom an archive is signed: the key, the name that the policy has for it, and who knows the key."""

    key: str | None = None
    name: str | None = None
    known_by: str | None = None  # POLICY, OPTION, or nobody


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
            opened = open_archive(building, file, path, head)
            return _settle(runs, path, head, signer, opened, by)
        finally:
            discard(building)


def check_signer(head: Head, path: Path, keys: dict[str, str], key: str | None) -> Signer:
    """By whom the archive is signed. Raises TransferRefused for a wrong signature, or none that must be."""
    if head.key is None or head.signature is None:
        if not (keys or key or head.key or head.signature):
            return Signer()
        asks = f"the policy of {head.dataset} names keys" if keys else "half a signature is none"
        seen = f"it is not signed, and {'--key asks for one' if key else asks}"
        raise TransferRefused(path, seen, "let who exports it set CHURN_SIGNING_KEY")
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


def _settle(runs: Path, path: Path, head: Head, signer: Signer, opened: Opened, by: str) -> dict:
    """Let the version appear and put it on record; or find that it is there."""
    answer = _describe(path, head, signer, opened)
    if (runs / head.version).exists():
        _check_same(runs, path, head.version, opened.manifest)
        record_runs(runs, head.dataset, by)  # an import may have been killed before it was on record
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
