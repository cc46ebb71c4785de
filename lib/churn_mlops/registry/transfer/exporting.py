"""A version as one file: all its files, the audit records about it, and the head of the log that they are from."""

from dataclasses import replace
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.transfer.head import SIZE as HEAD_SIZE
from churn_mlops.archive.transfer.head import Head, read_head
from churn_mlops.archive.transfer.packing import Packed, pack
from churn_mlops.archive.verify import verify_version
from churn_mlops.archive.versions import MANIFEST, read_manifest
from churn_mlops.errors import ArchiveDamaged, ConfigError, TransferRefused
from churn_mlops.registry.audit.log import read_lines
from churn_mlops.registry.audit.signing import own_key, signature_of
from churn_mlops.registry.models import concerns
from churn_mlops.registry.pointer import registry_folder

HEAD, RECORDS = "audit/head", "audit/records.jsonl"  # members beside those of the version


def export_version(runs: Path, version: str, path: Path) -> dict:
    """Write the archive of a version that is intact; signed where CHURN_SIGNING_KEY is set. Returns what was written.

    Raises ArchiveDamaged for a version that is not what it was, AuditDamaged for such a log, TransferRefused for a
    file whose name other systems take for another, ConfigError for a place that holds something else.
    """
    runs, path = Path(runs), Path(path)
    _check_place(path)
    if problems := verify_version(runs, version):
        first = problems[0]
        raise ArchiveDamaged(first.file, first.rule, first.seen, first.cure)
    manifest, key = read_manifest(runs, version), own_key()
    records = _records(runs, manifest["dataset"], version)
    files = [*_files(runs, version, manifest), *records]

    def seal(size: int, digest: str) -> Head:
        head = Head(version, manifest["dataset"], size, digest, key)
        return replace(head, signature=signature_of(head.signed_part())) if key else head

    try:
        head = pack(path, files, seal)
    except FileNotFoundError as error:
        raise ConfigError(f"{error.filename}: gone while it was read. Cure: python pipeline.py runs.") from None
    told = {"version": version, "dataset": head.dataset, "file": str(path), "bytes": path.stat().st_size}
    counts = {"files": len(files) - len(records), "records": records[1].source.count(b"\n")}
    return told | counts | {"sha256": digest_file(path), "content": head.sha256, "key": key}


def _check_place(path: Path) -> None:
    """Only an older archive may be written over: a slip of the hand must not cost a file."""
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}. Cure: make it.")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ConfigError(f"{path}: it is a folder, a link or a device. Cure: give the name of a file.")
    if path.is_file():
        with path.open("rb") as file:
            if read_head(file.read(HEAD_SIZE)) is None:
                raise ConfigError(f"{path}: a file that is no archive of a version stands there. Cure: another name.")


def _files(runs: Path, version: str, manifest: dict) -> list[Packed]:
    folder = runs / version
    named = {name: (facts["bytes"], facts["sha256"]) for name, facts in manifest["files"].items()}
    named[MANIFEST] = ((folder / MANIFEST).stat().st_size, digest_file(folder / MANIFEST))
    return [Packed(f"{version}/{name}", size, folder / name, digest) for name, (size, digest) in named.items()]


def _records(runs: Path, dataset: str, version: str) -> list[Packed]:
    """The lines of the log that are about a version, as they stand there, and the log's head; both may be empty."""
    try:
        found = read_lines(registry_folder(runs, dataset))
    except ConfigError as error:
        raise TransferRefused(version, str(error), "correct the name") from None
    head = f"{dataset}:{found[-1][1].n}:{found[-1][1].hash}\n" if found else ""
    lines = b"".join(line + b"\n" for line, record in found if concerns(record, version))
    return [_packed(HEAD, head.encode()), _packed(RECORDS, lines)]


def _packed(name: str, content: bytes) -> Packed:
    return Packed(name, len(content), content)
