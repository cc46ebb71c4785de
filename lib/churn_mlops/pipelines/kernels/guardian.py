"""A guardian: the process above a kernel, or above the template, which ends all that descends from it.

`python guardian.py FOLDER COMMAND...` runs the command below itself. Its standard input is a leash: a pipe whose other
end only the runner holds, so that it closes however the runner ends. Then, or when the command ends, everything below
the guardian is killed, sessions of their own and orphans included, and FOLDER is removed. Linux only.

It stands alone, and starts in a hundredth of a second because it imports so little: not even pathlib.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time

_SUBREAPER, _DEATH_SIGNAL = 36, 1  # prctl: adopt orphans of descendants; die with the parent


def main(folder: str, command: list[str]) -> None:
    """Run a command below this process, and never return."""
    fork_guarded(folder)
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    try:
        os.execvp(command[0], command)
    finally:
        os._exit(127)


def fork_guarded(folder: str, channel: int | None = None) -> None:
    """Return in a new process; this one stays above it, without the channel, to clear up in the end.

    With a channel it keeps the folder until the runner lets go: others than the new process may use it.
    """
    adopt_orphans()
    pid = os.fork()
    if pid:
        if channel is not None:
            os.close(channel)
        _guard(pid, folder, keep=channel is not None)
    die_with_parent()
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)


def _guard(pid: int, folder: str, keep: bool) -> None:
    signal.signal(signal.SIGINT, lambda *_: None)  # sent to the process group, and meant for the kernel
    leash = select.poll()
    leash.register(0, 0)  # tells that the other end is closed
    either = select.poll()
    either.register(0, 0)
    either.register(os.pidfd_open(pid), select.POLLIN)
    either.poll()
    end_all(lambda: descendants(os.getpid()))
    if keep:
        leash.poll()
    _remove(folder)
    os._exit(0)


def end_all(find, within_s: float = 20) -> None:
    """Kill the processes that `find` lists until it lists none; their own children come to be listed in turn."""
    end = time.monotonic() + within_s
    while (left := find()) and time.monotonic() < end:
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
        reap()


def reap() -> None:
    """Take note of the children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def children(pid: int) -> list[int]:
    """The processes that a process has started or adopted, as Linux lists them."""
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(child) for child in file.read().split()]
    return found


def descendants(pid: int) -> list[int]:
    """The processes below one, children before their own."""
    found = children(pid)
    for child in found:  # grows while it is read
        found += children(child)
    return found


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent has ended, so that none gets out of sight."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """End this process when the one that started it ends."""
    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _remove(folder: str) -> None:
    for path, folders, files in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            for name in files:
                os.unlink(os.path.join(path, name))
            for name in folders:
                os.rmdir(os.path.join(path, name))
    with contextlib.suppress(OSError):
        os.rmdir(folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
