"""The log's own thread: takes what was answered off the request's path and puts it on disk once a second."""

import threading
import time
from collections import deque
from collections.abc import Callable

from churn_mlops.serving.log.entry import Entry
from churn_mlops.serving.log.files import LogFile

EVERY_S = 1.0  # between two writes: a kill loses what was answered since the last one
MOST = 100_000  # entries that may wait; beyond, nothing is answered that could not be logged


class LogFull(Exception):
    """More entries wait than are held: the disk is full or too slow."""


class LogWriter:
    """Writes entries in the background. Entries of the champion also go through `beside`, which adds the shadow's."""

    def __init__(
        self,
        file: LogFile,
        beside: Callable[[list[Entry]], list[Entry]] = lambda entries: [],
        every: float = EVERY_S,
        most: int = MOST,
    ):
        self.file, self.beside, self.every, self.most = file, beside, every, most
        self.failure = ""  # why the last write did not succeed; empty: it did
        self.shadow_failure = ""  # the last one of the shadow
        self.written = 0
        self._waiting: deque[Entry] = deque()
        self._held: list[Entry] = []  # taken from the queue, not yet on disk
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prediction log", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def check_room(self, entries: int = 1) -> None:
        """Raise LogFull where so many more could not be held; asked before anything is answered."""
        if self.waiting + entries > self.most:
            raise LogFull(self.failure or f"{self.waiting:,} predictions wait to be written")

    @property
    def waiting(self) -> int:
        """Entries that are answered and not yet on disk."""
        return len(self._waiting) + len(self._held)

    def add(self, entry: Entry) -> None:
        """Let an entry be written; returns at once."""
        self._waiting.append(entry)

    def close(self, patience: float = 20.0) -> None:
        """Write what waits, and end; called when no more requests are answered."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._end.wait(self.every):
            self._flush()
        for attempt in range(10):
            if self._flush():
                return
            time.sleep(0.1 * attempt)

    def _flush(self) -> bool:
        """Write all that waits; False where it could not, and is tried again."""
        fresh = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            self._held += fresh
            if fresh:
                self._held += self._of_shadow(fresh)
            if self._held:
                self.file.add(self._held)
        except Exception as error:  # whatever it is, the entries must not be lost by it
            self.failure = f"the prediction log cannot be written: {type(error).__name__}: {error}"
            return False
        self.written += len(self._held)
        self._held, self.failure = [], ""
        return True

    def _of_shadow(self, fresh: list[Entry]) -> list[Entry]:
        try:
            return self.beside(fresh)
        except Exception as error:  # a shadow decides nothing, so it ends nothing
            self.shadow_failure = f"the shadow did not answer: {type(error).__name__}: {error}"
            return []
