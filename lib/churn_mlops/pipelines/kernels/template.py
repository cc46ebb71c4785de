"""The template process: it loads what the stages import, and forks a kernel whenever the runner asks for one.

`python -m churn_mlops.pipelines.kernels.template FD` speaks JSON over the socket FD, a message a packet. A fork takes a hundredth of a
second, and the kernel it makes has loaded modules and nothing else: no cell has run in the template, no name is
defined in it. When the socket closes, however the runner ended, every kernel ends with all that it started.

It starts no thread: a forked process has only the thread that forked, and one that inherits locks of the others hangs.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
from collections import deque
from importlib import import_module

LARGEST = 1 << 20  # bytes of a message
_KERNEL = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger", "tornado.platform.asyncio"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect", "IPython.extensions.storemagic"),
    *("sqlite3", "pdb", "bdb"),
)
_SUBREAPER, _DEATH_SIGNAL = 36, 1  # prctl: adopt orphans of the kernels; die with the parent


def main(handle: int) -> None:
    """Serve the runner at the other end of the socket until it closes."""
    channel = socket.socket(fileno=handle)
    _prctl(_SUBREAPER, 1)
    _load_kernel()
    imports, loaded, wanted, kernels = deque(), 0, deque(), set()
    while True:
        # Imports go on between requests; a fork waits for the imports of its own stage and no longer.
        while (request := _next(channel, wait=not imports and not wanted)) is not None:
            if not request:
                return _end(kernels)
            if "imports" in request:
                imports.extend(request["imports"])
            elif "retire" in request:
                _retire(request["retire"], kernels)
            else:
                wanted.append(request)
        _reap()
        if wanted and wanted[0]["after"] <= loaded:
            _answer(channel, wanted.popleft(), kernels)
        elif imports:
            _load(imports.popleft())
            loaded += 1


def _next(channel, wait: bool) -> dict | None:
    """The next request, {} when the runner has gone, None when there is none; waits half a second for one if told to."""
    if not select.select([channel], [], [], 0.5 if wait else 0)[0]:
        return None
    message = channel.recv(LARGEST)
    return json.loads(message) if message else {}


def _load_kernel() -> None:
    """Load what a kernel loads as it starts, but for the debugger: it takes longer than all else and has no user here."""
    sys.modules["debugpy"] = None  # which ipykernel takes for not installed
    for name in _KERNEL:
        with contextlib.suppress(ImportError):
            import_module(name)
    del sys.modules["debugpy"]


def _load(statement: str) -> None:
    """Load modules, binding no name; what fails here fails again in the cell, where it can be read."""
    with contextlib.suppress(Exception):
        exec(statement, {})


def _answer(channel, request: dict, kernels: set[int]) -> None:
    """Fork a kernel and send its pid and a pidfd, or say why there cannot be one."""
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        channel.sendall(json.dumps({"refused": f"an imported module started {threads - 1} thread(s)"}).encode())
        return
    pid = os.fork()
    if not pid:
        channel.close()
        _become_kernel(request)
    kernels.add(pid)
    handle = os.pidfd_open(pid)
    socket.send_fds(channel, [json.dumps({"pid": pid}).encode()], [handle])
    os.close(handle)


def _become_kernel(request: dict) -> None:
    """Turn this forked process into an ordinary ipykernel; never returns."""
    code = 1
    try:
        os.setsid()
        _prctl(_DEATH_SIGNAL, signal.SIGKILL)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        _forget_randomness()
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance()
        app.parent_handle = os.getppid()
        app.initialize(request["argv"])
        app.start()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _forget_randomness() -> None:
    """Forked processes share the state of their random numbers until they are seeded anew."""
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _retire(pid: int, kernels: set[int]) -> None:
    """End one kernel and everything that descends from it."""
    for descendant in _descendants(pid):
        _kill(descendant)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    kernels.discard(pid)


def _end(kernels: set[int]) -> None:
    for pid in tuple(kernels):
        _retire(pid, kernels)
    while left := _descendants(os.getpid()):  # orphans of the kernels, in process groups of their own
        for pid in left:
            _kill(pid)
        _reap()


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


def _descendants(pid: int) -> list[int]:
    """The processes below one, as Linux lists them."""
    found, open_ = [], [pid]
    while open_:
        parent = open_.pop()
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children") as file:
                    children = [int(child) for child in file.read().split()]
                found += children
                open_ += children
    return found


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
