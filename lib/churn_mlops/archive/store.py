"""The content-addressed store: every file of the archive once, however many runs hold it."""

import errno
import os
from contextlib import contextmanager
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import copy_file, locked, make_folder, part_name, sync_file, sync_folder

# Why a file system may refuse a hard link although the disk is well: it has none, or not from here, or no more.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK, errno.EINVAL}


def stored(store: Path, digest: str) -> Path:
    """Where the store has, or would have, the file of that digest."""
    return Path(store) / digest[:2] / digest


@contextmanager
def in_use(store: Path, *, alone: bool = False):
    """Let nothing be taken out of the store for the block; `alone` is for whoever takes something out."""
    with locked(Path(store) / "lock", shared=not alone):
        yield


def keep(store: Path, path: Path, digest: str) -> None:
    """Make `path` and the store's file of that digest one file on disk: flushed, and read-only from now on.

    `digest` is what `path` holds now. A file of the store that holds something else (a stage has written into
    a link of it, a disk has failed) is replaced. Where the file system has no hard links, both stay, as copies.
    """
    kept = stored(store, digest)
    if path.stat().st_mode & 0o222:
        path.chmod(0o444)
    while not (kept.exists() and kept.samefile(path)):
        if kept.exists() and digest_file(kept) == digest:
            _become(path, kept)
            return
        kept.unlink(missing_ok=True)
        sync_file(path)
        make_folder(kept.parent)
        if _put(path, kept, digest):
            return


def is_intact(path: Path, digest: str) -> bool:
    """Whether a plain file stands there and holds what its digest says."""
    return path.is_file() and not path.is_symlink() and digest_file(path) == digest


def bring(source: Path, path: Path, *, copy: bool) -> None:
    """Let `path` hold what the archive's file `source` does: as a link of it, or as a copy; in one step."""
    part = part_name(path)
    if copy or not _link(source, part):
        copy_file(source, path)
        path.chmod(0o444)
        return
    part.replace(path)
    part.unlink(missing_ok=True)  # a rename onto the same file does nothing


def _become(path: Path, kept: Path) -> None:
    """Replace `path`, in one step, by a further name of the store's equal file."""
    part = part_name(path)
    if _link(kept, part):
        part.replace(path)  # never the same file, for which a rename does nothing
    else:
        sync_file(path)


def _put(path: Path, kept: Path, digest: str) -> bool:
    """Let the store have `path`; False when another run was quicker and its file has to be looked at."""
    try:
        if not _link(path, kept):
            copy_file(path, kept)
            kept.chmod(0o444)
    except FileExistsError:
        return False
    sync_folder(kept.parent)
    return True


def _link(existing: Path, name: Path) -> bool:
    """Give a file a further name; False where that cannot be, for reasons that are no fault of the disk."""
    try:
        os.link(existing, name)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True
