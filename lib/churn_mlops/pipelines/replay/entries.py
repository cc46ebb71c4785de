"""What tasks have come to, on disk: found again by all that decides it, held against digests, lost at no other cost.

`runs/.cache/replay/<key>.json` says what came of a task and names the digest of the file beside it, where it has one.
The file is written first, so that what a kill leaves is an entry or none.
"""

import contextlib
import time
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import write_bytes
from churn_mlops.archive.remembered import read_store, write_store
from churn_mlops.archive.tables import write_table

OLDEST = 60 * 24 * 3600  # seconds after which an entry that nobody has asked for goes


class Entries:
    """The entries of one archive."""

    def __init__(self, runs: Path):
        self.folder = Path(runs) / ".cache" / "replay"

    def find(self, key: str) -> dict | None:
        """The facts under this key; None where there are none, or they or their file are not what was written."""
        kept = read_store(self._entry(key))
        if not kept or any(_digest(self.folder / name) != digest for name, digest in kept["files"].items()):
            return None
        with contextlib.suppress(OSError):
            for path in (self._entry(key), *(self.folder / name for name in kept["files"])):
                path.touch()  # it was of use
        return kept["facts"]

    def keep(self, key: str, facts: dict, model: bytes = b"", table=None) -> None:
        """Let the facts be found under this key, with the model or the table beside them."""
        files = {}
        if model:
            write_bytes(self.model(key), model)
            files[self.model(key).relative_to(self.folder).as_posix()] = _digest(self.model(key))
        if table is not None:
            write_table(self.table(key), table)
            files[self.table(key).relative_to(self.folder).as_posix()] = _digest(self.table(key))
        write_store(self._entry(key), {"facts": facts, "files": files})

    def model(self, key: str) -> Path:
        """Where the model under this key stands."""
        return self.folder / key[:2] / f"{key}.skops"

    def table(self, key: str) -> Path:
        """Where the table under this key stands."""
        return self.folder / key[:2] / f"{key}.parquet"

    def forget_old(self) -> None:
        """Remove what nobody has asked for in a long time, and what killed replays have left."""
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < time.time() - OLDEST:
                    path.unlink()

    def _entry(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def _digest(path: Path) -> str:
    try:
        return digest_file(path)
    except OSError:
        return ""
