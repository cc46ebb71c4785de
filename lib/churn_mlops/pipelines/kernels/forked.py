"""Kernels forked from the template process: ready in a hundredth of a second, their imports done. Linux only."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from churn_mlops.pipelines.kernels.template import LARGEST, ended

PATIENCE_S = 120  # for the imports of a stage; then it gets an ordinary kernel


class CannotFork(Exception):
    """The template cannot make a kernel; an ordinary one does as well."""


class Closed(Exception):
    """The run is over: no kernel is wanted any more."""


class Template:
    """The template process, seen from the runner. `load` is for one thread, `fork` for many."""

    def __init__(self):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ordered, self.turn, self.closed = 0, threading.Lock(), False
        self.folder = tempfile.mkdtemp(prefix="churn-")  # of the kernels' files; short, see kernel.py
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "churn_mlops.pipelines.kernels.template", str(theirs.fileno()), self.folder],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,  # the guardian's leash
                stdout=subprocess.DEVNULL,  # where the runner writes its answer
                start_new_session=True,  # Ctrl-C is for the runner, which ends the kernels itself
            )

    def load(self, imports: str) -> "Order":
        """Have the statements, one a line, executed; kernels of the order that this gives have them done."""
        statements = imports.splitlines()
        with contextlib.suppress(OSError):  # it has ended, or they are too many: kernels load them themselves
            self._send({"imports": statements})
            self.ordered += len(statements)
        return Order(self, self.ordered)

    def fork(self, argv: list[str], cwd: str, env: dict[str, str], after: int = 0) -> "Forked":
        """A kernel that has done the first `after` imports; waits for it. Raises CannotFork or Closed."""
        with self.turn:
            try:
                self._send({"argv": argv, "cwd": cwd, "env": env, "after": after})
                message, handles = self._receive()
            except OSError as error:
                message, handles = json.dumps({"refused": str(error)}), []
        if self.closed:
            raise Closed
        answer = json.loads(message or '{"refused": "the template process has ended"}')
        if "refused" in answer:
            raise CannotFork(answer["refused"])
        if not handles:  # no file descriptor is left to watch it by
            os.kill(answer["pid"], signal.SIGKILL)
            raise CannotFork("too many open files")
        return Forked(answer["pid"], handles[0])

    def release(self) -> None:
        """Let the template end, and with it every kernel and all that they started; does not wait."""
        self.closed = True
        with contextlib.suppress(OSError):  # also where it was released before
            self.channel.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for an answer
        self.process.stdin.close()

    def close(self, *, wait: bool = True) -> None:
        """Release; wait until all of it has ended, or leave the rest to the guardian."""
        self.release()
        if wait:
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            threading.Thread(target=self.process.wait, daemon=True).start()  # so that it does not stay a zombie
        with self.turn:
            self.channel.close()

    def _send(self, request: dict) -> None:
        self.channel.sendall(json.dumps(request).encode())

    def _receive(self) -> tuple[bytes, list[int]]:
        watched = select.poll()
        watched.register(self.channel, select.POLLIN)
        if not watched.poll(PATIENCE_S * 1000):
            self.channel.shutdown(socket.SHUT_RDWR)  # or a late answer would be taken for the next one's
            raise TimeoutError(f"the imports were not done within {PATIENCE_S} s")
        message, handles, _, _ = socket.recv_fds(self.channel, LARGEST, 1)
        return message, handles


class Order:
    """The template, for kernels that wait for the imports ordered until now and not for later ones."""

    def __init__(self, template: Template, after: int):
        self.template, self.after, self.folder = template, after, template.folder

    def fork(self, argv: list[str], cwd: str, env: dict[str, str]) -> "Forked":
        """`Template.fork`, once these imports are done."""
        return self.template.fork(argv, cwd, env, self.after)


class Forked:
    """A forked kernel with the part of `subprocess.Popen` that provisioners use; it knows the end by a pidfd."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, handle: int):
        self.pid, self.handle, self.returncode = pid, handle, None
        self.turn = threading.Lock()  # another thread may kill it while its own looks whether it runs

    def poll(self) -> int | None:
        """None while it runs. Its exit code is the template's to know: 1 stands for any."""
        with self.turn:
            if self.returncode is None and ended(self.handle):
                self.returncode = 1
                os.close(self.handle)
            return self.returncode

    def wait(self) -> int:
        """Wait for its end."""
        while self.poll() is None:
            time.sleep(0.005)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel alone."""
        with self.turn:
            if self.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        """End it; what it has started goes to the template, which ends that."""
        self.send_signal(signal.SIGKILL)


def can_fork() -> bool:
    """Whether this system has what template and guardian need: fork, pidfd, lists of children in /proc."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return Path(f"/proc/self/task/{os.getpid()}/children").exists()


def start_template() -> Template | None:
    """The process that kernels are forked from, where this system can; CHURN_KERNELS=ordinary does without."""
    return Template() if can_fork() and os.environ.get("CHURN_KERNELS") != "ordinary" else None
