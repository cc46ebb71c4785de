"""The content-addressed store: every file of the archive once, however many runs hold it."""

import os
import shutil
from pathlib import Path


def keep(store: Path, path: Path, digest: str) -> None:
    """Make `path` and the store's file of that digest one file on disk, read-only from now on.

    Where the file system has no hard links, both stay, as copies.
    """
    kept = Path(store) / digest[:2] / digest
    kept.parent.mkdir(parents=True, exist_ok=True)
    path.chmod(0o444)
    if kept.exists():
        _link(kept, path)
    else:
        _link(path, kept)


def _link(existing: Path, name: Path) -> None:
    """Give `existing` the further name `name`, replacing what stands there in one step."""
    beside = name.with_name(f".{name.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        os.link(existing, beside)
    except OSError:
        shutil.copy2(existing, beside)
    beside.replace(name)
