"""What no kept version needs: how much of the disk it takes, and how it goes; light to import.

A version goes by one rename into the place of unfinished ones, so that it is whole or gone, and what a kill leaves of
its removal the next run clears. The store's files follow when nobody uses the store.
"""

import os
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import is_part, lock_file, make_folder, read_json, sync_folder, unlock
from churn_mlops.archive.store import in_use
from churn_mlops.archive.versions import BUILDING, MANIFEST, STORE, Building, is_version, versions


@dataclass(frozen=True)
class Freed:
    """What goes with some versions: bytes and files of the disk, not names of files that stay under another."""

    files: int
    bytes: int
    stored: frozenset[str]  # digests that the store has no longer
    unfinished: tuple[str, ...]  # what killed runs have left


def measure(runs: Path, gone: Collection[str]) -> Freed:
    """What would be free without these versions. A file counts once, and only where no name of it stays."""
    runs, dead = Path(runs), unfinished(runs)
    folders = [*(runs / version for version in gone), *(runs / BUILDING / version for version in dead)]
    disk = _Disk()
    for folder in folders:
        disk.add(_files(folder))
    needed = digests(runs, (version for version in versions(runs) if version not in gone))
    kept = [path for path in _stored(runs) if path.name not in needed]
    disk.add(kept)
    freed = disk.free()
    stored = frozenset(path.name for path in kept if disk.known.get(path) in freed)
    return Freed(len(freed), sum(disk.bytes[one] for one in freed), stored, tuple(dead))


class _Disk:
    """Files by what they are on the disk, whatever their names."""

    def __init__(self):
        self.known, self.names, self.links, self.bytes = {}, Counter(), {}, {}

    def add(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):  # somebody else was quicker
                stat = path.lstat()
                one = self.known[path] = (stat.st_dev, stat.st_ino)
                self.names[one] += 1
                self.links[one], self.bytes[one] = stat.st_nlink, stat.st_size

    def free(self) -> set:
        """The files all of whose names were added."""
        return {one for one, count in self.names.items() if count >= self.links[one]}


def _files(folder: Path) -> Iterable[Path]:
    return (Path(place) / name for place, _, names in os.walk(folder) for name in names)


def _stored(runs: Path) -> list[Path]:
    """The files of the store, without those in the making."""
    return [path for path in sorted((Path(runs) / STORE).glob("??/*")) if not is_part(path.name)]


def digests(runs: Path, wanted: Iterable[str]) -> set[str]:
    """The digests that the manifests of these versions name: the store has to have them where there are no links."""
    found: set[str] = set()
    for version in wanted:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # one that `verify` complains of
            found |= {facts["sha256"] for facts in read_json(Path(runs) / version / MANIFEST)["files"].values()}
    return found


def unfinished(runs: Path) -> list[str]:
    """The versions that a run has begun and will not finish, because it is no longer alive; changes nothing."""
    area = Path(runs) / BUILDING
    names = sorted(path.name for path in area.glob("[0-9]*") if is_version(path.name) and path.is_dir())
    return [name for name in names if not is_locked(area / f"{name}.lock")]


def is_locked(path: Path) -> bool:
    """Whether a living process holds this lock."""
    if not path.exists():
        return False
    lock = lock_file(path)
    if lock:
        unlock(lock)
    return lock is None


def take_out(runs: Path, version: str) -> Building | None:
    """Let a version disappear by one rename; `discard` then removes it, or the next run. None where it has gone."""
    area = Path(runs) / BUILDING
    make_folder(area)
    lock = lock_file(area / f"{version}.lock")
    if lock is None:
        return None
    building = Building(Path(runs), version, area / version, lock)
    with suppress(FileNotFoundError):
        (Path(runs) / version).rename(building.folder)
        sync_folder(Path(runs))
    return building


def sweep(runs: Path) -> int:
    """Remove from the store what no version names and nobody links to; returns how many files that were.

    Runs that are alive have links of their own, or bring their files into the store again when they publish.
    """
    store = Path(runs) / STORE
    if not store.is_dir():
        return 0
    with in_use(store, alone=True):
        needed = digests(runs, versions(runs))
        loose = [path for path in _stored(runs) if path.name not in needed and path.lstat().st_nlink == 1]
        for path in loose:
            path.unlink(missing_ok=True)
    return len(loose)
