"""A stage in a thread of its own: its kernel starts ahead, and its notebook runs when it is told to."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.pipelines.execution import Outcome, Stop, execute
from churn_mlops.pipelines.kernels import kernel as kernels
from churn_mlops.pipelines.limits import watch_memory
from churn_mlops.pipelines.stage import Stage


@dataclass(frozen=True)
class Work:
    """What a worker needs to run its notebook."""

    artifacts: Path
    parameters: dict
    seconds: float
    memory_mb: int
    on_cell: Callable[[int, int], None]


class Stopped(Exception):
    """The stage was stopped before its first cell; the worker knows why."""


class Worker(threading.Thread):
    """Prepares a kernel at once; `go` runs the stage, `cancel` gives it up, `stop` kills what runs.

    `ready()` is called when the kernel is there; `done(worker, result)` once, with the Outcome or what was raised: from
    this thread, or from the one that calls `stop` while the kernel is not there yet.
    """

    def __init__(
        self, stage: Stage, notebook: Path, template, environment: dict[str, str], done: Callable, ready: Callable
    ):
        super().__init__(name=stage.name, daemon=True)
        self.stage, self.notebook, self.template, self.environment = stage, notebook, template, environment
        self.ready = ready
        self.going, self.work, self.kernel, self.stopped = threading.Event(), None, None, Stop()
        self.untold = [done]  # taken out by whoever tells; a list's pop is safe in a signal handler too
        self.start()

    def go(self, work: Work) -> None:
        """Run the notebook as soon as the kernel is ready."""
        self.work = work
        self.going.set()

    def cancel(self) -> None:
        """Give up the kernel; what still runs in it ends."""
        self.untold.clear()
        if self.kernel and self.work:
            kernels.kill(self.kernel)
        self.going.set()

    def stop(self, why: Stop) -> None:
        """Kill the kernel and all that it started; the stage fails for this reason."""
        if not self.stopped.kind:
            self.stopped.message, self.stopped.exit_code, self.stopped.kind = why.message, why.exit_code, why.kind
        if self.kernel:
            kernels.kill(self.kernel)
        elif self.work:
            self._tell(Stopped())

    def run(self) -> None:
        """The thread: prepare, wait for the word, execute, tell, clear away."""
        try:
            self.kernel = self._start()
            self.ready()
            self.going.wait()
            if self.work and self.untold and not self.kernel.alive and not self.stopped.kind:
                self._replace()
            if self.work and self.untold:
                self._tell(Stopped() if self.stopped.kind else self._execute(self.work))
        except BaseException as error:
            self.going.wait()
            self._tell(error)
        finally:
            if self.kernel:
                with contextlib.suppress(Exception):
                    kernels.stop(self.kernel)
            kernels.forget_loop()

    def _start(self) -> kernels.Kernel:
        """A kernel; an ordinary one where a forked one dies before it is ready, as when its template is killed."""
        try:
            return kernels.start(self.notebook, self.template, self.environment)
        except kernels.KernelDied:
            if self.template is None or self.stopped.kind:
                raise
            return kernels.start(self.notebook, None, self.environment)

    def _replace(self) -> None:
        """Start another kernel in place of one that has died while it waited: with its template, or for memory."""
        kernels.stop(self.kernel)
        self.kernel = self._start()

    def _tell(self, result: Outcome | BaseException) -> None:
        with contextlib.suppress(IndexError):
            self.untold.pop()(self, result)

    def _execute(self, work: Work) -> Outcome:
        with watch_memory(self, work.memory_mb):
            return execute(
                self.stage,
                self.notebook,
                work.artifacts,
                work.parameters,
                work.seconds,
                work.on_cell,
                self.kernel,
                self.stopped,
            )
