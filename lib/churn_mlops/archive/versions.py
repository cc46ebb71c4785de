"""The versions under `runs/`: absent or complete, listed newest first, each described by its manifest."""

import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import locked, read_json, sync_folder, try_lock, write_json
from churn_mlops.archive.store import keep
from churn_mlops.errors import ConfigError

SCHEMA = 1  # of manifest.json and metrics.json; raised when a name changes its meaning
MANIFEST, METRICS = "manifest.json", "metrics.json"
BUILDING, STORE, LATEST = ".building", ".store", "latest"


@dataclass
class Building:
    """A version being made, out of sight: `folder` becomes `runs/<version>` when it is published."""

    runs: Path
    version: str
    folder: Path
    lock: object  # the open, locked file that tells other runs that this one is alive

    @property
    def artifacts(self) -> Path:
        """The folder that the stages share."""
        return self.folder / "artifacts"


def now() -> str:
    """The present moment as it stands in manifests: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def begin(runs: Path) -> Building:
    """Start a version beside the finished ones, and clear what killed runs have left."""
    area = Path(runs) / BUILDING
    area.mkdir(parents=True, exist_ok=True)
    clear_leftovers(runs)
    version = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    lock = (area / f"{version}.lock").open("w")
    try_lock(lock)
    building = Building(Path(runs), version, area / version, lock)
    for name in ("artifacts", "notebooks", "pages"):
        (building.folder / name).mkdir(parents=True)
    return building


def clear_leftovers(runs: Path) -> list[str]:
    """Remove the unfinished versions whose run is no longer alive; returns their names."""
    gone = []
    for path in sorted((Path(runs) / BUILDING).glob("*.lock")):
        with path.open("a") as file:
            if not try_lock(file):
                continue
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)
            gone.append(path.stem)
    return gone


def discard(building: Building) -> None:
    """Give up an unfinished version; nothing of it stays."""
    shutil.rmtree(building.folder, ignore_errors=True)
    _release(building)


def publish(building: Building, manifest: dict) -> Path:
    """Digest every file, write the manifest last, and make the version appear by one rename."""
    files = {}
    for path in sorted(p for p in building.folder.rglob("*") if p.is_file()):
        digest = digest_file(path)
        keep(building.runs / STORE, path, digest)
        files[path.relative_to(building.folder).as_posix()] = {"sha256": digest, "bytes": path.stat().st_size}
    write_json(building.folder / MANIFEST, {"schema": SCHEMA, **manifest, "files": files})
    final = building.runs / building.version
    building.folder.rename(final)
    sync_folder(building.runs)
    _release(building)
    _point_latest(building.runs)
    return final


def _release(building: Building) -> None:
    building.lock.close()
    (building.runs / BUILDING / f"{building.version}.lock").unlink(missing_ok=True)


def _point_latest(runs: Path) -> None:
    """Let `runs/latest` lead to the newest version; a text file with its name where links are not allowed."""
    with locked(runs / BUILDING / "latest.lock"):
        newest = versions(runs)[0]
        beside = runs / f".{LATEST}.{os.getpid()}"
        beside.unlink(missing_ok=True)
        try:
            beside.symlink_to(newest, target_is_directory=True)
        except OSError:
            beside.write_text(newest + "\n")
        beside.replace(runs / LATEST)


def versions(runs: Path) -> list[str]:
    """The ids of the published versions, newest first."""
    return sorted((path.parent.name for path in Path(runs).glob(f"[0-9]*/{MANIFEST}")), reverse=True)


def read_manifest(runs: Path, version: str) -> dict:
    """The manifest of one version; raises ConfigError when there is no such version."""
    path = Path(runs) / version / MANIFEST
    if not path.is_file():
        known = ", ".join(versions(runs)[:5]) or "none yet"
        raise ConfigError(f"{path}: no such version. The newest: {known}. Cure: python pipeline.py runs.")
    return read_json(path)


def read_metrics(runs: Path, version: str) -> dict:
    """The metrics of one version, by flat name, without the schema number."""
    path = Path(runs) / version / METRICS
    metrics = read_json(path) if path.is_file() else {}
    metrics.pop("schema", None)
    return metrics
