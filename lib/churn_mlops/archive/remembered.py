"""Facts about files that need not be found out twice: kept by path, size, time and inode in one JSON file."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from churn_mlops.archive.files import write_text

_RACY_NS = 2_000_000_000  # a file written this shortly before it was read may change again within the clock's step


class Remembered:
    """What `find(path)` said of each file, until the file changes; a lost or torn store only costs time."""

    def __init__(self, store: Path, find: Callable[[Path], object]):
        self.store, self.find, self.changed = Path(store), find, False
        try:
            self.facts = json.loads(self.store.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.facts = {}

    def __getitem__(self, path: Path):
        """The fact about one file; raises OSError where it cannot be read."""
        seen, name = Path(path).stat(), str(path)
        mark = [seen.st_size, seen.st_mtime_ns, seen.st_ino]
        known = self.facts.get(name)
        if known and known[0] == mark:
            return known[1]
        fact = self.find(Path(path))
        if time.time_ns() - seen.st_mtime_ns > _RACY_NS:
            self.facts[name], self.changed = [mark, fact], True
        return fact

    def save(self) -> None:
        """Keep what was found out for the next process."""
        if not self.changed:
            return
        write_text(self.store, json.dumps(self.facts))
        self.changed = False
