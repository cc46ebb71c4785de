"""One kernel, from its start to its end: ordinary, or forked from the template where there is one."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

from jupyter_client import AsyncKernelManager
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_core.utils import ensure_event_loop, run_sync

from churn_mlops.pipelines.kernels import watch
from churn_mlops.pipelines.kernels.forked import CannotFork, Template, can_fork
from churn_mlops.pipelines.kernels.imports import top_imports
from churn_mlops.pipelines.kernels.provisioners import ForkedProvisioner, GuardedProvisioner, PlainProvisioner

WITHHELD = ("CHURN_SIGNING_KEY",)  # a notebook must not be able to sign as whoever runs it
STARTUP_S, LOOK_S = 120, 0.25
# No history on disk; no pause before each reply, which is for clients that do not wait for the outputs after it.
_ARGUMENTS = (
    *("--HistoryManager.hist_file=:memory:", "--IPythonKernel._execute_sleep=0"),
    "--IPKernelApp.outstream_class=churn_mlops.pipelines.kernels.stream.Stream",
)


class KernelDied(Exception):
    """A kernel that ended, or did not answer, before it was ready."""


class QuickClient(BlockingKernelClient):
    """A client that takes a kernel for ready after one reply and one broadcast, without a fixed wait after them."""

    def wait_for_ready(self, timeout: float = STARTUP_S) -> None:
        """Wait for the first answer; raises KernelDied where none comes."""
        end = time.monotonic() + timeout
        while True:
            self.kernel_info()
            try:
                reply = self.shell_channel.get_msg(timeout=LOOK_S)
                self.iopub_channel.get_msg(timeout=LOOK_S)
                self._handle_kernel_info_reply(reply)
                return
            except Empty:
                if not _alive(self.parent):
                    raise KernelDied("the kernel died before it was ready") from None
                if time.monotonic() > end:
                    raise KernelDied(f"the kernel was not ready within {timeout:g} s") from None


def _alive(manager: AsyncKernelManager) -> bool:
    process = manager.provisioner and manager.provisioner.process
    return process is not None and process.poll() is None


@dataclass
class Kernel:
    """A running kernel with a client that is connected to it."""

    manager: AsyncKernelManager
    client: BlockingKernelClient

    @property
    def alive(self) -> bool:
        """Whether it runs; for its own thread to ask."""
        return _alive(self.manager)

    @property
    def pid(self) -> int:
        """The process at the top of all that the kernel runs: its own, or its guardian's."""
        return self.manager.provisioner.pid


def start(notebook: Path, template: Template | None = None, environment: dict[str, str] | None = None) -> Kernel:
    """Start a kernel in the notebook's folder whose imports are done, and wait until it is ready.

    Forked from the template if there is one and it can; the kernel is the same in both cases but for its speed.
    """
    given = {name: value for name, value in os.environ.items() if name not in WITHHELD}
    return run_sync(_start)(notebook, template, given | (environment or {}))


async def _start(notebook: Path, template: Template | None, environment: dict[str, str]) -> Kernel:
    # Messages go through files that only this user can open, where the system has such sockets. The folder's
    # name is short because the name of a socket may not be long.
    folder = Path(tempfile.mkdtemp(prefix="churn-", dir=template and template.folder))
    sockets = {"transport": "ipc", "ip": str(folder / "k")} if os.name == "posix" else {"transport": "tcp"}
    manager = AsyncKernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"), **sockets)
    kernel = Kernel(manager, None)
    try:
        await _launch(manager, notebook, template, environment)
        await _sockets(manager)
        kernel.client = QuickClient(parent=manager, **manager.get_connection_info(session=True))
        kernel.client.start_channels(stdin=False, hb=False, control=False)
        kernel.client.allow_stdin = False
        kernel.client.wait_for_ready()
    except BaseException:
        await _stop(kernel)
        raise
    return kernel


async def _sockets(manager) -> None:
    """Wait for the kernel's sockets: a client that comes too early looks again only a tenth of a second later."""
    ports = (manager.shell_port, manager.iopub_port, manager.stdin_port, manager.control_port, manager.hb_port)
    end = time.monotonic() + STARTUP_S
    while manager.transport == "ipc" and not all(Path(f"{manager.ip}-{port}").exists() for port in ports):
        if await manager.provisioner.poll() is not None or time.monotonic() > end:
            return  # the client finds that out, and says so
        await asyncio.sleep(0.002)


async def _launch(manager, notebook: Path, template: Template | None, environment: dict[str, str]) -> None:
    """Fork a kernel, or start an ordinary one that does the imports of the notebook itself."""
    # What native code writes to its standard output is caught by the kernel; the runner's is for the runner's answer.
    started = {"cwd": str(notebook.parent), "env": environment, "stdout": subprocess.DEVNULL}
    arguments, watching = [*_ARGUMENTS], f"--IPKernelApp.exec_lines={watch.LINE}"
    if template:
        try:
            manager.provisioner = ForkedProvisioner(kernel_spec=manager.kernel_spec, parent=manager)
            manager.provisioner.template = template
            await manager.start_kernel(extra_arguments=[*arguments, watching], **started)
            return
        except CannotFork:
            pass
    kind = GuardedProvisioner if can_fork() else PlainProvisioner
    manager.provisioner = kind(kernel_spec=manager.kernel_spec, parent=manager)
    arguments += [f"--IPKernelApp.exec_lines=exec({top_imports(notebook)!r}, {{}})", watching]
    await manager.start_kernel(extra_arguments=arguments, **started)


def stop(kernel: Kernel) -> None:
    """End a kernel, if it still runs, and remove the files that carried its messages."""
    run_sync(_stop)(kernel)


async def _stop(kernel: Kernel) -> None:
    if kernel.client:
        kernel.client.stop_channels()
    provisioner = kernel.manager.provisioner
    if provisioner is not None and provisioner.has_process:
        await provisioner.kill()
        await provisioner.wait()
    await kernel.manager._async_cleanup_resources()
    shutil.rmtree(Path(kernel.manager.connection_file).parent, ignore_errors=True)


def kill(kernel: Kernel) -> None:
    """Kill a kernel from another thread than its own, which finds it dead and does the rest."""
    provisioner = kernel.manager.provisioner
    if provisioner:  # else it has ended already
        provisioner.end()


def forget_loop() -> None:
    """Close what this thread has kept open for talking to kernels; its last act."""
    ensure_event_loop().close()
