"""Files that are either the old one or the new one, never half of it, and locks that die with their holder.

A file in the making stands beside its place, named `.<name>.<token>.part` and locked by its writer, so that
what a killed one has left is told from what a living one is writing. All writing goes through `os`: the tests
let each operation fail, and kill the process at each.
"""

import errno
import io
import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path

from churn_mlops.archive.parsing import parse_json

PART = ".part"  # ends the name of a file in the making
_CHUNK = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)


def write_bytes(path: Path, content: bytes) -> None:
    """Write beside, flush to disk, rename: a reader, or a power cut, finds the old file or the new."""
    make_folder(Path(path).parent)
    with _beside(Path(path)) as handle:
        write_all(handle, content)


def write_text(path: Path, text: str) -> None:
    """`write_bytes` for UTF-8 text."""
    write_bytes(path, text.encode())


def write_json(path: Path, value) -> None:
    """Indented JSON with sorted keys, so that equal values are equal files; NaN is refused, write None."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path):
    """The value in a JSON file; raises UnreadableFile where it is none, OSError where there is no file."""
    return parse_json(Path(path).read_bytes(), path)


def copy_file(source: Path, path: Path) -> None:
    """A copy of its own, whole and flushed, or none."""
    make_folder(Path(path).parent)
    with Path(source).open("rb") as file, _beside(Path(path)) as handle:
        while piece := file.read(_CHUNK):
            write_all(handle, piece)


@contextmanager
def writing(path: Path):
    """A binary file to write into, piece by piece, that takes its place at `path` when the block ends well."""
    make_folder(Path(path).parent)
    with _beside(Path(path)) as handle:
        yield _Pieces(handle)


class _Pieces(io.RawIOBase):
    """An open file that writes through `write_all`."""

    def __init__(self, handle: int):
        self.handle, self.written = handle, 0

    def writable(self) -> bool:
        return True

    def write(self, content) -> int:
        write_all(self.handle, content)
        self.written += len(content)
        return len(content)

    def tell(self) -> int:
        return self.written


def write_all(handle: int, content: bytes) -> None:
    """Write to an open file until all is written: the system may take less than it is given."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, flushing the parent of each that is new."""
    folder = Path(folder)
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_file(path: Path) -> None:
    """Flush to disk what somebody else has written into a file."""
    handle = os.open(path, (os.O_RDWR if os.name == "nt" else os.O_RDONLY) | _BINARY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, which a rename alone does not (POSIX; elsewhere there is nothing to do)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that does not flush folders
            raise
    finally:
        os.close(handle)


@contextmanager
def _beside(path: Path):
    """An open file next to `path` that takes its place, flushed, when the block ends well, and goes away when not."""
    file, part = _open_part(path)
    try:
        yield file.fileno()
        os.fsync(file.fileno())
        if os.name == "nt":  # an open file cannot be renamed there
            file.close()
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    finally:
        file.close()
    sync_folder(path.parent)


def _open_part(path: Path):
    while True:
        part = part_name(path)
        file = _open(part, os.O_CREAT | os.O_EXCL)
        if try_lock(file, wait=True) and _stands_at(file, part):
            return file, part
        file.close()  # taken for a dead writer's, before it was locked


def part_name(path: Path) -> Path:
    """A name beside `path` for what is going to take its place."""
    return path.with_name(f".{path.name[:100]}.{os.urandom(6).hex()}{PART}")


def is_part(name: str) -> bool:
    """Whether this is the name of a file in the making."""
    return name.startswith(".") and name.endswith(PART)


def clear_part(path: Path) -> None:
    """Remove a file in the making whose writer is dead; a living one has locked it."""
    with suppress(OSError):
        if path.is_symlink() or (os.name == "nt" and _is_young(path)):  # there, the lock ends before the rename
            return
        with _open(path, 0) as file:
            if try_lock(file) and _stands_at(file, path):
                path.unlink()


def _is_young(path: Path) -> bool:
    import time

    return time.time() - path.stat().st_mtime < 3600


@contextmanager
def locked(path: Path, *, shared: bool = False):
    """Hold a lock on `path` for the block, alone or `shared`; the system releases it when its holder dies."""
    make_folder(Path(path).parent)
    file = lock_file(path, wait=True, shared=shared)
    try:
        yield
    finally:
        unlock(file)


def lock_file(path: Path, *, wait: bool = False, shared: bool = False):
    """The open, locked file at `path`, made if need be; None when another process holds it and `wait` is off.

    Whoever clears up may unlink the file between our opening and our locking it. A lock on a file that has
    lost its name keeps nobody out, so the name is looked up again once the lock is held.
    """
    while True:
        file = _open(path, os.O_CREAT)
        if not try_lock(file, wait=wait, shared=shared):
            file.close()
            return None
        if _stands_at(file, path):
            return file
        file.close()


def unlock(file) -> None:
    """Release a lock by name: closing is not enough while a forked child holds the same open file."""
    if file.closed:
        return
    with suppress(ImportError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)
    file.close()


def _open(path: Path, flags: int):
    return os.fdopen(os.open(path, os.O_RDWR | _BINARY | flags, 0o666), "r+b", buffering=0)


def _stands_at(file, path: Path) -> bool:
    """Whether `path` still is the name of this open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def try_lock(file, *, wait: bool = False, shared: bool = False) -> bool:
    """Lock an open file; False when another process holds it and `wait` is off. Windows has no shared locks."""
    try:
        import fcntl
    except ImportError:  # Windows: the first byte stands for the file
        return _try_lock_windows(file, wait)
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
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
