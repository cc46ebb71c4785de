"""What the cells of a kernel open: files of the project and sockets, noted by an audit hook, for the runner to judge.

Not seen, because Python is not asked: what a library opens in native code of its own, such as DuckDB in SQL (except by
the readers in native.py), what a program does that a cell starts, folders that are only listed, the environment.
"""
# ruff: noqa: PTH100, PTH113, PTH118
# Paths are texts here: to make a Path of each file takes longer than to open it.

import contextlib
import json
import os
import sys

from churn_mlops.pipelines.kernels import native

VARIABLE = "CHURN_WATCH"  # JSON of the log's path and of the folders that are watched
LINE = "exec('from churn_mlops.pipelines.kernels import watch; watch.install_as_told()', {})"  # leaves no name behind
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def install_as_told() -> None:
    """Watch this process where the environment says so; the variable is gone for what the process starts."""
    told = os.environ.pop(VARIABLE, None)
    if told:
        with contextlib.suppress(FileNotFoundError):  # the run has ended before this kernel was needed
            install(*json.loads(told))


def install(log: str, *folders: str) -> None:
    """Note in `log`, a JSON line each, what this process opens for the first time: below `folders`, or a socket.

    The log must be there already: a kernel that outlives its run must not bring it back.
    """
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
    below = tuple(os.path.join(spelled, "") for folder in folders for spelled in {folder, os.path.realpath(folder)})
    seen, cell = set(), _counter()

    def note(kind: str, what: str) -> None:
        line = json.dumps({"cell": cell(), "kind": kind, "what": what})
        os.write(handle, line.encode() + b"\n")

    def hook(event: str, arguments: tuple) -> None:
        # Called for every import, call of exec, and so on: most events end at this line. What a hook raises, the cell
        # would raise; so it raises nothing.
        if event not in _EVENTS:
            return
        with contextlib.suppress(Exception):
            for kind, what in _EVENTS[event](*arguments):
                if (kind, what) in seen:
                    continue
                seen.add((kind, what))
                if kind == "connect" or (what := _below(what, below)):
                    note(kind, what)

    sys.addaudithook(hook)
    native.wrap()


def _counter():
    """Tells the number of the running cell among those that ran, from 1, as IPython counts them."""
    from IPython import get_ipython

    shell = get_ipython()
    return lambda: shell.execution_count if shell else 1


def _below(path: str, folders: tuple[str, ...]) -> str | None:
    """The path with its links followed where that is in one of the folders, else as spelled where that is."""
    return next((spelled for spelled in (os.path.realpath(path), path) if spelled.startswith(folders)), None)


def _path(given) -> str | None:
    """The absolute path behind what was opened; None for a descriptor, which was opened before by a name."""
    return None if given is None or isinstance(given, int) else os.path.abspath(os.fsdecode(given))


def _opened(path, mode, flags):
    path = _path(path)
    if path is None or (mode is None and not flags & _WRITING and not os.path.isfile(path)):
        return  # folders are opened without a mode, by shutil and others, and by names that only they can follow
    if not flags & (os.O_WRONLY | os.O_TRUNC):
        yield "read", path
    if flags & _WRITING:
        yield "write", path


def _renamed(source, target, *_):
    yield "write", _path(target)


def _linked(source, target, *_):
    yield "read", _path(source)
    yield "write", _path(target)


def _database(name, *_):
    text = os.fsdecode(name)
    if text and ":memory:" not in text:
        yield "read", _path(text.removeprefix("file:").partition("?")[0])


def _sent(_, address, *__):
    if isinstance(address, tuple):
        yield "connect", f"{address[0]}:{address[1]}"
    elif address:
        yield "connect", f"unix:{os.fsdecode(address)}"


_EVENTS = {
    "open": _opened,
    "os.rename": _renamed,
    "os.link": _linked,
    "sqlite3.connect": _database,
    "socket.connect": _sent,
    "socket.sendto": _sent,
}
