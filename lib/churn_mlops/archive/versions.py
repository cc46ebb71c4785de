"""The versions under `runs/`: absent or complete, listed newest first, each described by its manifest."""

import errno
import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import (
    clear_part,
    is_part,
    lock_file,
    locked,
    make_folder,
    read_json,
    sync_folder,
    unlock,
    write_json,
    write_text,
)
from churn_mlops.archive.parsing import understood
from churn_mlops.archive.seal import seal
from churn_mlops.archive.store import in_use, keep, stored
from churn_mlops.errors import ArchiveDamaged, ConfigError, UnreadableFile

SCHEMA = 1  # of manifest.json and metrics.json; raised when a name changes its meaning
MANIFEST, METRICS = "manifest.json", "metrics.json"
BUILDING, STORE, LATEST = ".building", ".store", "latest"
_VERSION = re.compile(r"\d{8}-\d{6}-[0-9a-f]+")
_NO_SYMLINKS = {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@dataclass
class Building:
    """A version being made, out of sight: `folder` becomes `runs/<version>` when it is published."""

    runs: Path
    version: str
    folder: Path
    lock: object  # the open, locked file that tells other runs that this one is alive
    # Path below `folder` -> digest and inode of what it shares with the store (None when it is a copy).
    linked: dict[str, tuple[str, int | None]] = field(default_factory=dict)

    @property
    def artifacts(self) -> Path:
        """The folder that the stages share."""
        return self.folder / "artifacts"


def now() -> str:
    """The present moment as it stands in manifests: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def begin(runs: Path, version: str = "") -> Building:
    """Start a version beside the finished ones, and clear what killed runs have left.

    `version` is the id of one that comes from elsewhere; raises ConfigError where another process is bringing it in.
    """
    area = Path(runs) / BUILDING
    make_folder(area)
    clear_leftovers(runs)
    building = _reserve(Path(runs), area, version) if version else _claim(Path(runs), area)
    try:
        for name in ("artifacts", "notebooks", "pages"):
            (building.folder / name).mkdir(parents=True)
    except BaseException:
        discard(building)
        raise
    return building


def new_id() -> str:
    """An id whose last six digits are the microsecond and 4 random bits, so that ids sort by age."""
    moment = datetime.now(UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond * 16 + os.urandom(1)[0] % 16:06x}"


def _claim(runs: Path, area: Path) -> Building:
    """An id that nobody has."""
    while True:
        version = new_id()
        lock = lock_file(area / f"{version}.lock")
        if lock:
            building = Building(runs, version, area / version, lock)
            if not (runs / version).exists() and not building.folder.exists():
                return building
            _release(building)


def _reserve(runs: Path, area: Path, version: str) -> Building:
    lock = lock_file(area / f"{version}.lock")
    if lock is None:
        raise ConfigError(f"{version}: another process is making or removing it. Cure: wait until it has ended.")
    return Building(runs, version, area / version, lock)


def clear_leftovers(runs: Path) -> list[str]:
    """Remove the unfinished versions whose run is no longer alive, and half-written files; returns the versions."""
    area = Path(runs) / BUILDING
    names = {path.name.removesuffix(".lock") for path in area.glob("[0-9]*")}
    gone = [name for name in sorted(names) if is_version(name) and _clear(area, name)]
    _clear_parts(Path(runs))
    return gone


def _clear(area: Path, version: str) -> bool:
    """Remove an unfinished version, also one that has lost its lock file; False when there is none or it is alive."""
    lock = lock_file(area / f"{version}.lock")
    if lock is None:
        return False
    building = Building(area.parent, version, area / version, lock)
    stood = building.folder.exists()
    discard(building)
    return stood and not building.folder.exists()


def _clear_parts(runs: Path) -> None:
    """Remove files that dead writers left half-written anywhere but in versions, where nobody writes."""
    for folder, below, names in os.walk(runs):
        if Path(folder) == runs:
            below[:] = [name for name in below if not is_version(name)]
        elif Path(folder) == runs / BUILDING:
            below.clear()
        for name in filter(is_part, names):
            clear_part(Path(folder) / name)


def discard(building: Building) -> None:
    """Give up an unfinished version; nothing of it stays, and what cannot be removed now the next run removes."""
    import shutil  # a run with nothing to do is spared its compressors

    shutil.rmtree(building.folder, ignore_errors=True)
    _release(building)


def publish(building: Building, manifest: dict | None) -> Path:
    """Digest every file, write the manifest last, and make the version appear by one rename.

    Everything is flushed to disk before the rename. Raises ArchiveDamaged, and publishes nothing, when a stage
    has written into a file that an older version holds too, when a file changes meanwhile, or is no plain file.
    Without `manifest` the one that stands in the folder is taken, to the byte; it must be of these files.
    """
    found = {path.relative_to(building.folder).as_posix(): _digest(building, path) for path in _files(building)}
    with in_use(building.runs / STORE):
        final = _appear(building, manifest, found)
    _release(building)
    point_latest(building.runs)
    return final


def _appear(building: Building, manifest: dict | None, found: dict) -> Path:
    """Put the files into the store, write the manifest, and give the folder its place."""
    for name, (digest, _) in found.items():
        keep(building.runs / STORE, building.folder / name, digest)
    _check_settled(building, found)
    _write_manifest(building, manifest, found)
    (building.folder / MANIFEST).chmod(0o444)
    for folder, _, _ in os.walk(building.folder, topdown=False):
        sync_folder(Path(folder))
    final = building.runs / building.version
    building.folder.rename(final)
    sync_folder(building.runs)
    return final


def _write_manifest(building: Building, manifest: dict | None, found: dict) -> None:
    files = {name: {"sha256": digest, "bytes": state[0]} for name, (digest, state) in found.items()}
    if manifest is not None:
        complete = {"schema": SCHEMA, **manifest, "version": building.version, "files": files}
        write_json(building.folder / MANIFEST, seal(complete))
    elif read_json(building.folder / MANIFEST)["files"] != files:
        seen = "the files that came with it are others"
        raise ArchiveDamaged(MANIFEST, "a manifest names every file with its digest", seen, "do not use it")


def _files(building: Building) -> list[Path]:
    """The files to publish. What a killed stage left half-written goes; what no manifest can describe is refused."""
    paths = sorted(building.folder.rglob("*"))
    for path in paths:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            name = path.relative_to(building.folder).as_posix()
            cure = "write a plain file in the stage that makes it"
            raise ArchiveDamaged(name, "a version holds plain files only", "this is a link or a device", cure)
        if is_part(path.name):
            path.unlink()
    return [path for path in paths if path.is_file() and path != building.folder / MANIFEST]


def _digest(building: Building, path: Path) -> tuple[str, tuple[int, int, int]]:
    """Digest of a file, and the state it belongs to; refuses what has been written through into older versions."""
    name, state = path.relative_to(building.folder).as_posix(), _state(path)
    digest = digest_file(path)
    expected, inode = building.linked.get(name, (digest, None))
    if digest != expected and inode == state[1]:
        raise ArchiveDamaged(
            name,
            "what older versions hold too must not be written into, for it is one file on disk",
            f"it was {expected[:12]} and is {digest[:12]} now, in the older versions as well",
            "let the stage write a new file; `verify` names the versions that hold the changed one",
        )
    return digest, state


def _state(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_ino, stat.st_mtime_ns


def _check_settled(building: Building, found: dict) -> None:
    """Nobody has written since the digest was taken: what a stage has started may live longer than the stage."""
    for name, (digest, state) in found.items():
        later = _state(building.folder / name)
        if later[1] == state[1] and later != state:  # another inode is the store's own, which was looked at
            stored(building.runs / STORE, digest).unlink(missing_ok=True)
            seen = "it changed while the version was being published"
            raise ArchiveDamaged(name, "all writing ends with its stage", seen, "let the stage wait for what it starts")


def _release(building: Building) -> None:
    """Let go of the lock, and of its file when nothing is left to guard; safe to call again."""
    if building.lock.closed:
        return
    path = building.runs / BUILDING / f"{building.version}.lock"
    if os.name == "nt":  # an open file cannot be removed there
        unlock(building.lock)
    if not building.folder.exists():
        path.unlink(missing_ok=True)
    unlock(building.lock)


def point_latest(runs: Path, without: Collection[str] = ()) -> None:
    """Let `runs/latest` lead to the newest version; a text file with its name where links are not allowed.

    `without` are versions that are about to go.
    """
    with locked(runs / BUILDING / "latest.lock"):
        known, new = [version for version in versions(runs) if version not in without], runs / BUILDING / "latest.new"
        new.unlink(missing_ok=True)
        if not known:
            (runs / LATEST).unlink(missing_ok=True)
            return
        try:
            new.symlink_to(known[0], target_is_directory=True)
        except OSError as error:
            if os.name != "nt" and error.errno not in _NO_SYMLINKS:
                raise
            write_text(new, known[0] + "\n")
        new.replace(runs / LATEST)
        sync_folder(runs)


def is_version(name: str) -> bool:
    """Whether this is the name of a version, finished or not."""
    return bool(_VERSION.fullmatch(name))


def versions(runs: Path) -> list[str]:
    """The ids of the published versions, newest first."""
    return sorted((path.parent.name for path in Path(runs).glob(f"[0-9]*/{MANIFEST}")), reverse=True)


def read_manifest(runs: Path, version: str) -> dict:
    """The manifest of one version; raises ConfigError when there is no such version."""
    path = Path(runs) / version / MANIFEST
    if not path.is_file():
        known = ", ".join(versions(runs)[:5]) or "none yet"
        raise ConfigError(f"{path}: no such version. The newest: {known}. Cure: python pipeline.py runs.")
    if isinstance(manifest := read_json(path), dict):
        return manifest
    raise UnreadableFile(path, "expected an object", f"found a {type(manifest).__name__}")


def read_metrics(runs: Path, version: str) -> dict:
    """The metrics of one version, by flat name, without the schema number."""
    path = Path(runs) / version / METRICS
    with understood(path, "expected metrics by name"):
        metrics = read_json(path) if path.is_file() else {}
        return {name: value for name, value in metrics.items() if name != "schema"}
