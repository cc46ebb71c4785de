"""One watcher an archive: who it is, and that it beats. `runs/.watch/` holds its lock, its heartbeat, the logs."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from churn_mlops.archive.files import lock_file, make_folder, read_json, unlock, write_json
from churn_mlops.errors import WatcherThere
from churn_mlops.pipelines.exits import InterruptedTwice
from churn_mlops.pipelines.timetable.times import parse, text
from churn_mlops.registry.identity import who

WATCH, LOCK, WATCHER = ".watch", "lock", "watcher.json"
BEAT = timedelta(seconds=30)
SILENT = timedelta(minutes=5)  # without a beat: it is dead, or stands still


class Held:
    """An archive that this process watches; `beat` says that it still does."""

    def __init__(self, runs: Path, once: bool, clock):
        self.path, self.clock = runs / WATCH / WATCHER, clock
        now = text(clock())
        self.told = {"schema": 1, "host": platform.node(), "pid": os.getpid(), "by": who(), "once": once}
        self.told |= {"since": now, "beat": now, "ended": None}
        write_json(self.path, self.told)

    def beat(self) -> None:
        """Say so, if it was not said lately. Raises OSError where the disk does not take it."""
        now = self.clock()
        if abs(now - parse(self.told["beat"])) >= BEAT:
            self.told["beat"] = text(now)
            write_json(self.path, self.told)

    def end(self) -> None:
        """Say that it has ended in order; where the disk does not take that, it will count as silent."""
        with suppress(OSError):
            write_json(self.path, self.told | {"beat": text(self.clock()), "ended": text(self.clock())})


@contextmanager
def holding(runs: Path, once: bool = False, clock=lambda: datetime.now(UTC)) -> Iterator[Held]:
    """Watch the archive for the block. Raises WatcherThere where somebody does already, and says who."""
    make_folder(runs / WATCH)
    lock = lock_file(runs / WATCH / LOCK)
    if lock is None:
        raise WatcherThere(runs, _holder(runs))
    try:
        held = Held(runs, once, clock)
        yield held
        held.end()
    except InterruptedTwice:
        held.end()
        raise
    finally:
        unlock(lock)


def _holder(runs: Path) -> str:
    told = read_watcher(runs)
    return f"process {told['pid']} on {told['host']} by {told['by']} since {told['since']}" if told else "another one"


def read_watcher(runs: Path) -> dict | None:
    """What the last watcher has said of itself; None where none was, or its file is torn."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = read_json(Path(runs) / WATCH / WATCHER)
        parse(told["beat"])
        return told if {"pid", "host", "by", "since", "ended"} <= told.keys() else None
    return None


def is_silent(told: dict, now: datetime) -> bool:
    """Whether a watcher that has not ended in order has given no sign of life for too long."""
    return not told["ended"] and now - parse(told["beat"]) > SILENT
