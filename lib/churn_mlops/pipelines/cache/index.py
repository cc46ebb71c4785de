"""Where results are found again: `runs/.cache/stages/<key>` names the files of a stage's result, which the store holds.

It can be lost without harm: stages then run again.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path

from churn_mlops.archive.files import is_part
from churn_mlops.archive.remembered import read_store, write_store
from churn_mlops.archive.store import stored
from churn_mlops.archive.versions import STORE


@dataclass(frozen=True)
class Found:
    """The result of a stage in the archive."""

    version: str  # that executed it; it may be gone, or never have been finished
    files: dict[str, str]  # path in the version -> digest: artifacts, executed notebook, page
    facts: dict = field(default_factory=dict)  # seconds, cells and cells_run, as the manifest has them
    metrics: dict = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, str]:
        """What the stage wrote: path in the artifacts -> digest."""
        inside = "artifacts/"
        return {name.removeprefix(inside): digest for name, digest in self.files.items() if name.startswith(inside)}


def is_empty(runs: Path) -> bool:
    """Whether there is no result at all, so that every stage has to run."""
    return not (Path(runs) / ".cache" / "stages").exists()


def find(runs: Path, key: str) -> Found | None:
    """The result of the stage with this key, or None when it has to run."""
    try:
        found = Found(**read_store(_entry(runs, key)))
        there = all(stored(runs / STORE, digest).is_file() for digest in found.files.values())
    except (TypeError, AttributeError):  # no entry, or not one of this shape
        return None
    return found if there else None


def lost(runs: Path, gone: Collection[str] = ()) -> list[Path]:
    """The entries whose result is not to be had any more, or will not be without the store's files in `gone`."""
    entries = sorted((Path(runs) / ".cache" / "stages").glob("??/*"))
    return [path for path in entries if not is_part(path.name) and not _holds(runs, path, gone)]


def _holds(runs: Path, entry: Path, gone: Collection[str]) -> bool:
    try:
        files = Found(**read_store(entry)).files.values()
        return all(digest not in gone and stored(runs / STORE, digest).is_file() for digest in files)
    except (TypeError, AttributeError):
        return False


def remember(runs: Path, key: str, found: Found) -> None:
    """Let the result be found under this key; its files must stand in the store."""
    write_store(_entry(runs, key), asdict(found))


def _entry(runs: Path, key: str) -> Path:
    return Path(runs) / ".cache" / "stages" / key[:2] / key
