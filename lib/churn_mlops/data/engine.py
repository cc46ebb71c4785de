"""The one DuckDB of a process: how much memory it may take, and the folder that it spills to."""

import atexit
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

MEMORY_SHARE, MEMORY_MOST_MB = 0.5, 3000  # of what the machine, or the container, has
MEMORY = "CHURN_MEMORY_MB"  # environment variable that says how much it may take instead
_PREFIX = "churn-mlops-scratch-"
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@cache
def connect():
    """The DuckDB of this process, as an Ibis backend; what does not fit into its memory goes to `scratch()`.

    It keeps the order of rows, reads times as UTC, and loads no extension, because DuckDB would download it.
    """
    import ibis

    threads = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
    backend = ibis.duckdb.connect(
        memory_limit=f"{memory_mb()}MB",
        temp_directory=str(scratch() / "spilled"),
        threads=max(threads, 1),
        preserve_insertion_order=True,
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    )
    backend.raw_sql("SET TimeZone = 'UTC'")
    with suppress(Exception):  # in a kernel without ipywidgets there is none, and switching it off is an error
        backend.raw_sql("SET enable_progress_bar = false")
    return backend


def memory_mb() -> int:
    """Megabytes that DuckDB may hold: half of what there is, at most 3,000, or what CHURN_MEMORY_MB says."""
    told = os.environ.get(MEMORY, "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    return max(min(int(_memory_bytes() * MEMORY_SHARE / 1e6), MEMORY_MOST_MB), 256)


@contextmanager
def at_most(mb: int):
    """Let DuckDB hold no more than so many megabytes for the block: the rest is for what works beside it."""
    engine = connect().con
    engine.execute(f"SET memory_limit = '{min(mb, memory_mb())}MB'")
    try:
        yield
    finally:
        engine.execute(f"SET memory_limit = '{memory_mb()}MB'")


def _memory_bytes() -> int:
    """Memory of the machine, or of the container where that has less."""
    import psutil

    have = psutil.virtual_memory().total
    for limit in map(Path, _CGROUPS):
        text = limit.read_text().strip() if limit.is_file() else ""
        have = min(have, int(text)) if text.isdecimal() else have
    return have


@cache
def scratch() -> Path:
    """A folder of this process for copies and for what is spilled. It goes with the process.

    A kernel is killed and cannot tidy up, so the next process removes what belongs to none that lives:
    a folder counts as in use while its maker holds a lock on it.
    """
    parent = Path(tempfile.gettempdir())
    for folder in parent.glob(f"{_PREFIX}*"):
        _remove_if_left(folder)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        if _lock(folder) is not None and folder.exists():  # else somebody took it for one that was left
            break
    atexit.register(_remove, folder, os.getpid())
    return folder


def fresh(name: str) -> Path:
    """A path of that name in the scratch folder that no file has."""
    return Path(tempfile.mkdtemp(dir=scratch())) / name


def _lock(folder: Path) -> int | None:
    """The descriptor that holds the lock on a folder, or None where another process holds it."""
    try:
        import fcntl
    except ImportError:  # Windows, where what a killed process has left stays
        return -1
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _remove_if_left(folder: Path) -> None:
    handle = _lock(folder)
    if handle is not None and handle >= 0:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _remove(folder: Path, maker: int) -> None:
    if os.getpid() == maker:  # not a process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)


def run(statement: str) -> list[tuple]:
    """Run a statement in this process's DuckDB; returns all of its rows, so that nothing is left open there."""
    return connect().con.execute(statement).fetchall()


def quoted(text) -> str:
    """A text, or a path, as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(path: Path) -> str:
    """A path that DuckDB does not take for a pattern of names."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))


def stored(frame):
    """A data frame as a table of this process's DuckDB."""
    import pyarrow as pa
    from ibis.util import gen_name

    engine, name = connect(), gen_name("stored")
    engine.con.register(f"{name}_frame", pa.Table.from_pandas(frame, preserve_index=False))
    engine.con.execute(f'CREATE TABLE "{name}" AS SELECT * FROM "{name}_frame"')
    engine.con.unregister(f"{name}_frame")
    return engine.table(name)
