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

    def start(self, name: str) -> None:
        """A stage begins."""
        self.number += 1
        self._line(f"{name} started ({self.number} of {self.stages})")

    def cell(self, started: int, cells: int) -> None:
        """A code cell of the stage begins."""

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

    def start(self, name: str) -> None:
        """A stage begins."""
        self.bars.start()
        self.task = self.bars.add_task(name, total=None, cells="", status="")

    def cell(self, started: int, cells: int) -> None:
        """A code cell of the stage begins."""
        self.bars.update(self.task, completed=started - 1, total=cells, cells=f"cell {started} of {cells}")

    def end(self, name: str, status: str, seconds: float) -> None:
        """The stage has ended; its line stays."""
        if status == "succeeded":
            total = self.bars.tasks[self.task].total or 1
            self.bars.update(self.task, completed=total, total=total, cells=f"{total:.0f} cells", status="done")
            self.bars.stop_task(self.task)
        else:
            self.bars.update(self.task, status=f"[red]{status}")
            self.bars.stop_task(self.task)
        self.bars.refresh()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self.bars.stop()
