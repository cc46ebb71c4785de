"""One kernel, from its start to its end: ordinary, or forked from the template where there is one."""

import asyncio
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

from jupyter_client import AsyncKernelManager
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_core.utils import run_sync

from churn_mlops.pipelines.kernels import watch
from churn_mlops.pipelines.kernels.forked import CannotFork, ForkedProvisioner, Template
from churn_mlops.pipelines.kernels.imports import top_imports

STARTUP_S = 120


class QuickClient(AsyncKernelClient):
    """A client that takes a kernel for ready after one reply and one broadcast, without a fixed wait after them."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (timeout or STARTUP_S)
        while True:
            self.kernel_info()
            try:
                reply = await self.shell_channel.get_msg(timeout=1)
                await self.iopub_channel.get_msg(timeout=1)
                self._handle_kernel_info_reply(reply)
                return
            except Empty:
                if not await self._async_is_alive():
                    raise RuntimeError("the kernel died before it was ready") from None
                if time.monotonic() > end:
                    raise RuntimeError(f"the kernel was not ready within {timeout or STARTUP_S:g} s") from None

    wait_for_ready = _async_wait_for_ready


@dataclass
class Kernel:
    """A running kernel with a client that is connected to it."""

    manager: AsyncKernelManager
    client: AsyncKernelClient


def start(notebook: Path, template: Template | None = None, environment: dict[str, str] | None = None) -> Kernel:
    """Start a kernel in the notebook's folder whose imports are done, and wait until it is ready.

    Forked from the template if there is one and it can; the kernel is the same in both cases but for its speed.
    """
    return run_sync(_start)(notebook, template, os.environ | (environment or {}))


async def _start(notebook: Path, template: Template | None, environment: dict[str, str]) -> Kernel:
    # Messages go through files that only this user can open, where the system has such sockets. The folder's
    # name is short because the name of a socket may not be long.
    folder = Path(tempfile.mkdtemp(prefix="churn-"))
    sockets = {"transport": "ipc", "ip": str(folder / "k")} if os.name == "posix" else {"transport": "tcp"}
    manager = AsyncKernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"), **sockets)
    manager.client_factory = QuickClient
    started = {"cwd": str(notebook.parent), "env": environment}
    arguments = ["--HistoryManager.hist_file=:memory:"]
    watching = f"--IPKernelApp.exec_lines={watch.LINE}"
    try:
        if template is None:
            raise CannotFork("no template")
        manager.provisioner = ForkedProvisioner(kernel_spec=manager.kernel_spec, parent=manager)
        manager.provisioner.template = template
        await manager.start_kernel(extra_arguments=[*arguments, watching], **started)
    except CannotFork:
        manager.provisioner = None
        arguments += [f"--IPKernelApp.exec_lines=exec({top_imports(notebook)!r}, {{}})", watching]
        await manager.start_kernel(extra_arguments=arguments, **started)
    client = manager.client()
    client.start_channels()
    client.allow_stdin = False
    try:
        await client.wait_for_ready(timeout=STARTUP_S)
    except BaseException:
        await _stop(Kernel(manager, client))
        raise
    return Kernel(manager, client)


def stop(kernel: Kernel) -> None:
    """End a kernel, if it still runs, and remove the files that carried its messages."""
    run_sync(_stop)(kernel)


async def _stop(kernel: Kernel) -> None:
    kernel.client.stop_channels()
    provisioner = kernel.manager.provisioner
    if provisioner is not None and provisioner.has_process:
        await provisioner.kill()
        await provisioner.wait()
    await kernel.manager._async_cleanup_resources()
    shutil.rmtree(Path(kernel.manager.connection_file).parent, ignore_errors=True)


def kill(kernel: Kernel) -> None:
    """Kill a kernel from another thread than its own, which finds it dead and does the rest."""
    process = getattr(kernel.manager.provisioner, "process", None)
    if process is not None:
        process.kill()
