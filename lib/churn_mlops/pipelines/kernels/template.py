"""The template process: it loads what the stages import, and forks a kernel whenever the runner asks for one.

`python -m churn_mlops.pipelines.kernels.template FD FOLDER` speaks JSON over the socket FD, a message a packet. A fork
takes a hundredth of a second, and the kernel it makes has loaded modules and nothing else: no cell has run in the
template, no name is defined in it. It stands below a guardian, which ends it and every kernel when the runner has gone.

It starts no thread: a forked process has only the thread that forked, and one that inherits locks of the others hangs.
"""

import builtins
import contextlib
import gc
import io
import json
import os
import select
import socket
import sys
from collections import deque
from importlib import import_module
from pathlib import Path

from churn_mlops.pipelines.kernels import guardian

LARGEST = 1 << 20  # bytes of a message
_KERNEL = (
    *("ipykernel_launcher", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect", "IPython.extensions.storemagic"),
    *("tornado.platform.asyncio", "sqlite3", "pdb", "bdb", "churn_mlops.pipelines.kernels.stream"),
)


def main(handle: int, folder: str) -> None:
    """Serve the runner at the other end of the socket, in a process of its own below a guardian."""
    guardian.fork_guarded(folder, handle)
    guardian.adopt_orphans()
    if sys.path and sys.path[0] == str(Path.cwd()):  # put there by `python -m`; no kernel has the runner's folder
        del sys.path[0]
    sys.stdout, sys.stderr = _Late("stdout"), _Late("stderr")
    builtins.get_ipython = _Kernel
    serve(socket.socket(fileno=handle))


class _Late(io.StringIO):
    """A standard stream for modules that keep what they find at import: mute here, in a kernel the kernel's own."""

    encoding = "UTF-8"  # as a kernel's; pandas asks at import

    def __init__(self, name: str):
        super().__init__()
        self._name = name

    def write(self, text: str) -> int:
        """Pass it on to the stream of that name."""
        stream = getattr(sys, self._name)
        return len(text) if stream is self else stream.write(text)

    def flush(self) -> None:
        """Flush the stream of that name."""
        stream = getattr(sys, self._name)
        if stream is not self:
            stream.flush()


class _Kernel:
    """What `get_ipython()` gives here: pandas and others ask at import whether they are in a notebook, and will be."""

    kernel = None


def serve(channel: socket.socket) -> None:
    """Answer requests until the runner closes its end."""
    gc.disable()  # what modules leave behind is little, and looking for it takes a tenth of an import's time
    _load_kernel()
    imports, loaded, wanted, kernels = deque(), 0, deque(), {}
    while True:
        # Imports go on between requests; a fork waits for the imports of its own stage and no longer.
        while (request := _next(channel, kernels, wait=not imports and not wanted)) is not None:
            if not request:
                return
            if "imports" in request:
                imports.extend(request["imports"])
            else:
                wanted.append(request)
        _bury(kernels)
        if wanted and wanted[0]["after"] <= loaded:
            _answer(channel, wanted.popleft(), kernels)
        elif imports:
            _load(imports.popleft())
            loaded += 1


def ended(handle: int) -> bool:
    """Whether the process of a pidfd has ended."""
    watched = select.poll()
    watched.register(handle, select.POLLIN)
    return bool(watched.poll(0))


def _next(channel, kernels: dict[int, int], wait: bool) -> dict | None:
    """The next request, {} when the runner has gone, None when there is none; waits for one, or for a kernel's end."""
    watched = select.poll()
    for handle in (channel.fileno(), *kernels.values()):
        watched.register(handle, select.POLLIN)
    ready = [handle for handle, _ in watched.poll(None if wait else 0)]
    if channel.fileno() not in ready:
        return None
    try:
        return json.loads(channel.recv(LARGEST) or "{}")
    except ConnectionError:
        return {}


def _load_kernel() -> None:
    """Load what a kernel loads as it starts, but for the debugger, which takes longer than all else for no user."""
    sys.modules["debugpy"] = None  # which ipykernel takes for not installed
    for name in _KERNEL:
        with contextlib.suppress(ImportError):
            import_module(name)
    del sys.modules["debugpy"]


def _load(statement: str) -> None:
    """Load modules, binding no name; what fails here fails again in the cell, where it can be read."""
    with contextlib.suppress(Exception, SystemExit):
        exec(statement, {})


def _bury(kernels: dict[int, int]) -> None:
    """Forget the kernels that have ended, and end what they have left running, which has come to this process."""
    for pid in [pid for pid, handle in kernels.items() if ended(handle)]:
        os.close(kernels.pop(pid))
    guardian.reap()
    guardian.end_all(lambda: [pid for pid in guardian.children(os.getpid()) if pid not in kernels])


def _answer(channel, request: dict, kernels: dict[int, int]) -> None:
    """Fork a kernel and send its pid and a pidfd, or say why there cannot be one."""
    threads = len(list(Path("/proc/self/task").iterdir())) - 1
    refused = f"an imported module started {threads} thread(s)" if threads else ""
    handles = []
    if not refused:
        try:
            handles = [_fork(channel, request, kernels)]
        except OSError as error:
            refused = str(error)
    told = {"refused": refused} if refused else {"pid": next(reversed(kernels))}
    with contextlib.suppress(ConnectionError):  # the runner has gone: the next look at the socket ends this process
        socket.send_fds(channel, [json.dumps(told).encode()], handles)


def _fork(channel, request: dict, kernels: dict[int, int]) -> int:
    """Fork a kernel and take it among the others; gives its pidfd."""
    gc.freeze()  # a kernel's collections pass over what all share, and so its pages stay shared
    pid = os.fork()
    if not pid:
        gc.enable()
        channel.close()
        for handle in kernels.values():
            os.close(handle)
        _become_kernel(request)
    kernels[pid] = os.pidfd_open(pid)
    return kernels[pid]


def _become_kernel(request: dict) -> None:
    """Turn this forked process into an ordinary ipykernel; never returns."""
    code = 1
    try:
        os.setsid()
        guardian.die_with_parent()
        guardian.adopt_orphans()
        os.environ.clear()
        os.environ.update(request["env"])
        os.environ.setdefault("PYDEVD_USE_FRAME_EVAL", "NO")  # as the debugger, which is not loaded, leaves it
        os.chdir(request["cwd"])
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        del builtins.get_ipython
        _forget_randomness()
        import ipykernel_launcher
        from ipykernel.kernelapp import IPKernelApp

        sys.argv = [ipykernel_launcher.__file__, *request["argv"]]
        app = IPKernelApp.instance()
        app.parent_handle = os.getppid()
        app.initialize(request["argv"])
        _show_figures()
        app.start()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _show_figures() -> None:
    """Where matplotlib's inline backend was loaded before there was a shell, it has not asked it to show figures."""
    inline = sys.modules.get("matplotlib_inline.backend_inline")
    if inline:
        inline._enable_matplotlib_integration()


def _forget_randomness() -> None:
    """Forked processes share the state of their random numbers until they are seeded anew."""
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
