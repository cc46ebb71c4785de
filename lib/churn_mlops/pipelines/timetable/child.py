"""A job as a process of its own: whatever leaks or breaks in it ends with it, and it outlives a killed watcher.

It holds the lock of jobs as long as it lives. So the next watcher waits for a job that a killed one has left behind,
and two never work side by side.
"""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.exits import INTERRUPTED
from churn_mlops.pipelines.hooks import end_with_its_own

LOCK = "job.lock"
TICK_S = 1.0


class Child:
    """The job that goes on, if any; `stop` may be called by a signal handler at any moment."""

    def __init__(self):
        self.process: subprocess.Popen | None = None
        self.stopped: Stop | None = None
        self.told = False

    def run(self, command: list[str], root: Path, log: Path, lock, tick: Callable[[], None]) -> int:
        """Run a command to its end; gives its exit code. `tick` is called every second meanwhile."""
        with log.open("ab") as output:
            self.process, self.told = _start(command, root, output, lock), False
        try:
            self._pass_on()  # what came while it was being started
            while True:
                try:
                    return self.process.wait(TICK_S)
                except subprocess.TimeoutExpired:
                    tick()
        finally:
            if self.process.poll() is None:  # a second signal: at once
                end_with_its_own(self.process)
            self.process = None

    def stop(self, why: Stop) -> None:
        """End the job in order, once."""
        self.stopped = why
        self._pass_on()

    def _pass_on(self) -> None:
        if self.stopped and self.process and not self.told:
            self.told = True
            asked = signal.SIGINT if self.stopped.exit_code == INTERRUPTED and os.name == "posix" else signal.SIGTERM
            self.process.send_signal(asked)


def _start(command: list[str], root: Path, output, lock) -> subprocess.Popen:
    # A session of its own: Ctrl-C in a terminal goes to all of a group, and would reach it twice.
    apart = {"start_new_session": True, "pass_fds": (lock.fileno(),)} if os.name == "posix" else {}
    return subprocess.Popen(
        command,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        **apart,
    )
