"""Files that are either the old one or the new one, never half of it."""

import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


def write_bytes(path: Path, content: bytes) -> None:
    """Write beside, flush to disk, rename: a reader, or a power cut, finds the old file or the new."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """`write_bytes` for UTF-8 text."""
    write_bytes(path, text.encode())


def write_json(path: Path, value) -> None:
    """Indented JSON with sorted keys, so that equal values are equal files; NaN is refused, write None."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path):
    """The value in a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, which a rename alone does not (POSIX; elsewhere there is nothing to do)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path):
    """Hold an exclusive lock on `path` for the block; the system releases it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        if try_lock(file, wait=True):
            yield


def try_lock(file, *, wait: bool = False) -> bool:
    """Lock an open file; False when another process holds it and `wait` is off."""
    try:
        import fcntl
    except ImportError:  # Windows: the first byte stands for the file
        return _try_lock_windows(file, wait)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _try_lock_windows(file, wait: bool) -> bool:
    import msvcrt
    import time

    while True:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        except OSError:
            if not wait:
                return False
            time.sleep(0.05)
