"""What is seen while a run goes on: one line a stage, live on a terminal, plain log lines elsewhere."""

import sys
import time


def make_progress(stages: int):
    """The progress that fits standard error: a terminal, or a log."""
    return TerminalProgress(stages) if sys.stderr.isatty() else LogProgress(stages)


class LogProgress:
    """One line when a stage starts and one when it ends, each with the time since the run began."""

    def __init__(self, stages: int):
        self.stages, self.begun, self.number = stages, time.monotonic(), 0

    def start(self, name: str, reason: str = "") -> None:
        """A stage begins."""
        self.number += 1
        self._line(f"{name} started ({self.number} of {self.stages}){reason and f', {reason}'}")

    def cell(self, name: str, started: int, cells: int) -> None:
        """A code cell of the stage begins."""

    def reused(self, name: str, version: str) -> None:
        """A stage has its result in the archive already."""
        self.number += 1
        self._line(f"{name} reused from {version} ({self.number} of {self.stages})")

    def retried(self, name: str, cause: str) -> None:
        """A stage has failed and is tried again."""
        self._line(f"{name} is tried again after {cause}")

    def warned(self, text: str) -> None:
        """Something is not as it should be, and does not end the run."""
        self._line(f"warning: {text}")

    def end(self, name: str, status: str, seconds: float) -> None:
        """The stage has ended."""
        self._line(f"{name} {status} in {seconds:.1f} s")

    def close(self) -> None:
        """Nothing was changed that would have to be put back."""

    def _line(self, text: str) -> None:
        print(f"[{time.monotonic() - self.begun:6.1f} s] {text}", file=sys.stderr, flush=True)


class TerminalProgress:
    """One line a stage, redrawn as its cells go by: name, bar, cells, seconds."""

    def __init__(self, stages: int):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.bars = Progress(
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[cells]:<14}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[status]}"),
            console=Console(stderr=True),
        )
        self.tasks: dict[str, int] = {}

    def start(self, name: str, reason: str = "") -> None:
        """A stage begins."""
        self.bars.start()
        self.tasks[name] = self.bars.add_task(name, total=None, cells="", status="")

    def cell(self, name: str, started: int, cells: int) -> None:
        """A code cell of the stage begins."""
        self.bars.update(self.tasks[name], completed=started - 1, total=cells, cells=f"cell {started} of {cells}")

    def reused(self, name: str, version: str) -> None:
        """A stage has its result in the archive already."""
        self.bars.start()
        task = self.bars.add_task(name, total=1, completed=1, cells="", status=f"reused from {version}")
        self.bars.stop_task(task)
        self.bars.refresh()

    def retried(self, name: str, cause: str) -> None:
        """A stage has failed and is tried again."""
        self.bars.update(self.tasks[name], completed=0, status=f"tried again after {cause}")

    def warned(self, text: str) -> None:
        """Something is not as it should be, and does not end the run."""
        self.bars.console.print(f"warning: {text}", markup=False, highlight=False)

    def end(self, name: str, status: str, seconds: float) -> None:
        """The stage has ended; its line stays."""
        task = self.tasks[name]
        if status == "succeeded":
            total = next(t.total for t in self.bars.tasks if t.id == task) or 1
            self.bars.update(task, completed=total, total=total, cells=f"{total:.0f} cells", status="done")
        else:
            self.bars.update(task, status=f"[red]{status}")
        self.bars.stop_task(task)
        self.bars.refresh()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.bars.stop()
