"""What need not be found out twice, in JSON files that can be lost, torn or read-only at no other cost than time."""

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from churn_mlops.archive.digest import digest_json
from churn_mlops.archive.files import write_text

_RACY_NS = 2_000_000_000  # a file written this shortly before it was read may change again within the clock's step


def read_store(path: Path) -> dict:
    """What `write_store` has left there; empty where it is lost, or is not to the bit what was written."""
    try:
        kept = json.loads(Path(path).read_text(encoding="utf-8"))
        value = kept["value"]
        return value if isinstance(value, dict) and kept["digest"] == digest_json(value) else {}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}


def write_store(path: Path, value: dict) -> None:
    """Keep a value under its digest, in one step; where nothing can be written, nothing is kept."""
    with contextlib.suppress(OSError):
        write_text(path, json.dumps({"digest": digest_json(value), "value": value}))


class Remembered:
    """What `find(path)` said of each file, until the file changes: its size, inode or times, of which one is its own.

    The time of the last change of the inode (ctime) is not to be set from outside, as the one of the content is.
    """

    def __init__(self, store: Path, find: Callable[[Path], object]):
        self.store, self.find, self.changed = Path(store), find, False
        self.facts = read_store(self.store)

    def __getitem__(self, path: Path):
        """The fact about one file; raises OSError where it cannot be read."""
        name, now, seen = str(Path(path).absolute()), time.time_ns(), Path(path).stat()
        mark = [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]
        known = self.facts.get(name)
        if known and known[0] == mark:
            return known[1]
        fact = self.find(Path(path))
        if now - max(seen.st_mtime_ns, seen.st_ctime_ns) > _RACY_NS:
            self.facts[name], self.changed = [mark, fact], True
        return fact

    def save(self) -> None:
        """Keep what was found out for the next process."""
        if self.changed:
            write_store(self.store, self.facts)
            self.changed = False
