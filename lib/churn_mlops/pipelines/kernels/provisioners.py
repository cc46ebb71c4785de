"""How kernels are started and ended: through the template, below a guardian, or as Jupyter does it.

`end` may be called from any thread, at any time, and does not wait; a kernel ends with all that it started, where the
system allows that.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from jupyter_client.provisioning import LocalProvisioner

from churn_mlops.pipelines.kernels import guardian
from churn_mlops.pipelines.kernels.forked import Template


class PlainProvisioner(LocalProvisioner):
    """A kernel as Jupyter starts it; where there is no guardian, what left its process group gets away."""

    def end(self) -> None:
        """End the kernel."""
        process = self.process
        if process and process.poll() is None:
            os.killpg(self.pgid, signal.SIGKILL) if self.pgid else process.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel."""
        self.end()

    async def wait(self) -> int | None:
        """Wait for the end of the process, without LocalProvisioner's tenth of a second between looks."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(0.005)
        return await super().wait()


class GuardedProvisioner(PlainProvisioner):
    """A kernel of its own process, below a guardian that ends all of it with the runner."""

    async def launch_kernel(self, cmd, **kwargs):
        """Start the guardian, which starts the kernel."""
        folder = str(Path(self.parent.connection_file).parent)
        above = [sys.executable, "-I", "-S", guardian.__file__, folder]
        return await super().launch_kernel([*above, *cmd], stdin=subprocess.PIPE, **kwargs)

    def end(self) -> None:
        """Let go of the leash; the guardian does the rest."""
        process = self.process
        if process:
            process.stdin.close()


class ForkedProvisioner(PlainProvisioner):
    """A kernel forked from the template."""

    template: Template  # set by whoever makes it

    async def launch_kernel(self, cmd, **kwargs):
        """Fork a kernel that reads the connection file of this manager."""
        argv = cmd[cmd.index("ipykernel_launcher") + 1 :]
        self.process = self.template.fork(argv, kwargs["cwd"], kwargs["env"])
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    def end(self) -> None:
        """Kill the kernel; the template ends what it has left."""
        process = self.process
        if process:
            process.kill()
