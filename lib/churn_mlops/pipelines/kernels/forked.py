"""Kernels forked from the template process: ready in a hundredth of a second, their imports done. Linux only."""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from churn_mlops.pipelines.kernels.template import LARGEST


def can_fork() -> bool:
    """Whether this system has what the template needs: fork, pidfd, /proc."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and Path("/proc/self/task").exists()


class CannotFork(Exception):
    """The template cannot make a kernel; an ordinary one does as well."""


class Template:
    """The template process, seen from the runner."""

    def __init__(self):
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ordered, self.turn = 0, threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "churn_mlops.pipelines.kernels.template", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the runner, which ends the kernels itself
        )
        theirs.close()
        self.load("import ipykernel.kernelapp, ipykernel.ipkernel, ipykernel.zmqshell")

    def load(self, imports: str) -> None:
        """Have the statements, one a line, executed before any kernel that is asked for later."""
        statements = imports.splitlines()
        self.ordered += len(statements)
        self._send({"imports": statements})

    def fork(self, argv: list[str], cwd: str, env: dict[str, str]) -> "Forked":
        """A kernel that has loaded what was ordered so far; waits for it. Raises CannotFork."""
        with self.turn:
            try:
                self._send({"argv": argv, "cwd": cwd, "env": env, "after": self.ordered})
                message, handles, _, _ = socket.recv_fds(self.channel, LARGEST, 1)
            except OSError as error:
                raise CannotFork(str(error)) from error
        answer = json.loads(message) if message else {"refused": "the template process has ended"}
        if "refused" in answer:
            raise CannotFork(answer["refused"])
        return Forked(self, answer["pid"], handles[0])

    def retire(self, pid: int) -> None:
        """Have a kernel ended with all that it started; does not wait."""
        with contextlib.suppress(OSError):
            self._send({"retire": pid})

    def close(self) -> None:
        """End the template, and with it every kernel."""
        self.channel.close()
        self.process.wait()

    def _send(self, request: dict) -> None:
        self.channel.sendall(json.dumps(request).encode())


class Forked:
    """A forked kernel with the part of `subprocess.Popen` that provisioners use; it knows the end by a pidfd."""

    stdin = stdout = stderr = None

    def __init__(self, template: Template, pid: int, handle: int):
        self.template, self.pid, self.handle = template, pid, handle
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it runs. Its exit code is the template's to know: 1 stands for any."""
        if self.returncode is None and select.select([self.handle], [], [], 0)[0]:
            self.returncode = 1
            os.close(self.handle)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end."""
        while self.poll() is None:
            select.select([self.handle], [], [])
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel alone."""
        if self.poll() is None:
            signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        """End it, with all that it started."""
        self.template.retire(self.pid)


class ForkedProvisioner(LocalProvisioner):
    """Starts and ends kernels through the template instead of a new process."""

    template: Template  # set by whoever makes it

    async def launch_kernel(self, cmd, **kwargs):
        """Fork a kernel that reads the connection file of this manager."""
        argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.process = self.template.fork(argv, kwargs["cwd"], kwargs["env"])
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all that it started."""
        if self.process:
            self.process.kill()

    async def wait(self) -> int | None:
        """Wait for the end of the process, without LocalProvisioner's tenth of a second between looks."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.005)
        self.process = None
        return 0
