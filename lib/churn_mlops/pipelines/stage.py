"""A stage: one notebook of the pipeline, with what it reads and what it must write."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One notebook by name (`03_train` is `notebooks/03_train.ipynb`), its inputs and its outputs.

    `reads` and `writes` are paths in the run's artifacts; a name ending in `/` is a folder. A stage has
    succeeded only when all that it writes is there.
    """

    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The short name used in config files and with -p: `train` for `03_train`."""
        return self.name.split("_", 1)[-1]

    def notebook(self, notebooks: Path) -> Path:
        """The stage's notebook in the folder `notebooks`."""
        return notebooks / f"{self.name}.ipynb"


def missing_outputs(stage: Stage, artifacts: Path) -> list[str]:
    """What the stage declares to write and has not written; an empty folder counts as missing."""
    return [name for name in stage.writes if not _is_there(artifacts / name)]


def _is_there(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.is_file()
