"""A stage: one notebook of the pipeline, with what it reads and what it must write."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

WATCHED = ("champion", "last_data", "today", "network", "service", "offers")


@dataclass(frozen=True)
class Stage:
    """One notebook by name (`03_train` is `notebooks/03_train.ipynb`), its inputs and its outputs.

    `reads` and `writes` are paths in the run's artifacts; a name ending in `/` is a folder. A stage has
    succeeded only when all that it writes is there. `watches` names what it looks at outside the run:
    `champion`, the model that serves the dataset, `last_data`, the data of its last run, `today`, the date,
    `service`, what it answered, where the run makes no model, `offers`, the table that [offers] names, and `network`,
    which makes it run every time.
    `files` are what it reads besides, as paths from the project's folder; again, one ending in `/` is a folder.
    """

    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The short name used in config files and with -p: `train` for `03_train`."""
        return self.name.split("_", 1)[-1]

    @property
    def title(self) -> str:
        """The short name as a page shows it: `Train` for `03_train`."""
        return self.key.replace("_", " ").capitalize()

    def notebook(self, notebooks: Path) -> Path:
        """The stage's notebook in the folder `notebooks`."""
        return notebooks / f"{self.name}.ipynb"


def missing_outputs(stage: Stage, artifacts: Path) -> list[str]:
    """What the stage declares to write and has not written; an empty folder counts as missing."""
    return [name for name in stage.writes if not files_of([name], artifacts)]


def files_of(names: Iterable[str], artifacts: Path) -> list[str]:
    """The files behind declared names, as paths in the artifacts; a folder stands for all that is in it."""
    found = []
    for name in names:
        path = artifacts / name
        files = path.rglob("*") if name.endswith("/") else [path]
        found += [file.relative_to(artifacts).as_posix() for file in files if file.is_file()]
    return sorted(found)


def belongs(path: str, names: Iterable[str]) -> bool:
    """Whether a file of the artifacts is one of these names, or in a folder that is."""
    return any(path == name or (name.endswith("/") and path.startswith(name)) for name in names)


def comes_before(stages: tuple[Stage, ...], stage: Stage) -> list[Stage]:
    """The stages that must have ended before this one starts.

    Those that write what it reads, wrote before it where it writes, or read what it is to write over.
    """
    return [other for other in stages[: stages.index(stage)] if _must_end_first(other, stage)]


def _must_end_first(other: Stage, stage: Stage) -> bool:
    return share_files(other.writes, stage.reads + stage.writes) or share_files(other.reads, stage.writes)


def share_files(some: Iterable[str], others: tuple[str, ...]) -> bool:
    """Whether a file can belong to a name of each: `tables/` and `tables/rows.parquet` do share."""
    return any(_overlap(one, other) for one in some for other in others)


def _overlap(one: str, other: str) -> bool:
    """Whether two declared names share files: they are equal, or one is a folder that holds the other."""
    return belongs(one, [other]) or belongs(other, [one])
