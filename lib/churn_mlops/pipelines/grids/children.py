"""Runs as processes of their own, side by side: started, waited for, and ended with the one that started them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.exits import TERMINATED

GRACE_S = 8  # for a run that was told to end; its own limit is 10 s


@dataclass(frozen=True)
class Ended:
    """What became of one run."""

    number: int
    exit_code: int
    answer: dict | None  # what it printed with --json, where it came that far
    told: str  # its standard error
    seconds: float


class Children:
    """The runs that are going on; `stop` may be called by a signal handler while `wait` waits."""

    def __init__(self):
        self.alive: dict[int, subprocess.Popen] = {}
        self.ended: SimpleQueue = SimpleQueue()
        self.stopped: Stop | None = None
        self.told: set[int] = set()  # which have been told to stop: a second time would end them without archiving
        # Nothing is ever written: that it ends tells the children that this process has gone, however it went.
        self.read_end, self.write_end = os.pipe()

    def start(self, number: int, pipeline: Path, arguments: list[str], threads: int = 1) -> None:
        """Start `python pipeline.py run` with these arguments, to use so many threads where nobody has said."""
        # A group of its own: Ctrl-C in a terminal goes to all of a group, and would reach it twice.
        apart = {"process_group": 0} if os.name == "posix" else {}
        process = subprocess.Popen(
            [sys.executable, str(pipeline), "run", "--json", "--end-with-stdin", *arguments],
            env={"OMP_NUM_THREADS": str(threads)} | os.environ,
            stdin=self.read_end,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            **apart,
        )
        self.alive[number] = process
        threading.Thread(target=self._listen, args=(number, process, time.monotonic()), daemon=True).start()
        self._pass_on()  # what came while this one was being started

    def wait(self) -> Ended | None:
        """The next that ends; None when they were told to, and some may not have ended yet."""
        ended = self.ended.get()
        if ended:
            del self.alive[ended.number]
        return ended

    def stop(self, why: Stop) -> None:
        """Pass a signal on to all of them."""
        self.stopped = why
        self._pass_on()
        self.ended.put(None)

    def _pass_on(self) -> None:
        if not self.stopped:
            return
        for number, process in tuple(self.alive.items()):
            if number not in self.told:
                self.told.add(number)
                _signal(process, signal.SIGTERM if self.stopped.exit_code == TERMINATED else signal.SIGINT)

    def close(self) -> None:
        """See to it that none outlives this process."""
        for process in self.alive.values():
            _signal(process, signal.SIGTERM)
        end = time.monotonic() + GRACE_S
        for process in self.alive.values():
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        os.close(self.write_end)
        os.close(self.read_end)

    def _listen(self, number: int, process: subprocess.Popen, begun: float) -> None:
        out, told = process.communicate()
        seconds = round(time.monotonic() - begun, 3)
        self.ended.put(Ended(number, process.returncode, _answer(out), told, seconds))


def _signal(process: subprocess.Popen, number: int) -> None:
    try:
        process.send_signal(number if os.name == "posix" else signal.SIGTERM)
    except OSError:
        return


def _answer(out: str) -> dict | None:
    try:
        return json.loads(out)
    except ValueError:
        return None
