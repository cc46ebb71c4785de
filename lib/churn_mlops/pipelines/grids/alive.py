"""Which grids are going on, so that nobody removes their runs, and what becomes of a grid whose runs are gone."""

import shutil
from collections.abc import Collection
from contextlib import contextmanager, suppress
from pathlib import Path

from churn_mlops.archive.files import locked, read_json
from churn_mlops.archive.garbage import is_locked
from churn_mlops.archive.versions import BUILDING, versions
from churn_mlops.pipelines.grids.record import GRIDS, RECORD

_PREFIX, _SUFFIX = "grid-", ".lock"


@contextmanager
def alive(runs: Path, name: str):
    """For the block the grid counts as going on, and no longer when its process has gone, however it went."""
    path = _lock(runs, name)
    with locked(path):
        try:
            yield
        finally:
            with suppress(OSError):  # where an open file cannot be removed
                path.unlink()


def _lock(runs: Path, name: str) -> Path:
    return Path(runs) / BUILDING / f"{_PREFIX}{name}{_SUFFIX}"


def living(runs: Path) -> list[str]:
    """The grids that are going on, oldest first. All of their runs have begun since, and are newer by name."""
    paths = sorted((Path(runs) / BUILDING).glob(f"{_PREFIX}*{_SUFFIX}"))
    return [path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for path in paths if is_locked(path)]


def without_runs(runs: Path, gone: Collection[str] = ()) -> list[str]:
    """The grids of which no run is left, or will be without those in `gone`."""
    folders = _ended(runs)
    there = set(versions(runs)) - set(gone)
    return [folder.name for folder in folders if not _is_needed(folder, there)]


def _ended(runs: Path) -> list[Path]:
    """The folders of grids that are not going on; listed first, because a grid is alive before it has a folder."""
    folders = sorted(path for path in (Path(runs) / GRIDS).glob("*") if path.is_dir())
    going_on = living(runs)
    return [folder for folder in folders if folder.name not in going_on]


def _is_needed(folder: Path, there: set[str]) -> bool:
    """A grid that never came to a run tells why; one without a record is what is left of its removal."""
    if not (folder / RECORD).is_file():
        return False
    made = _versions(folder)
    return made is None or not made or bool(made & there)


def _versions(folder: Path) -> set[str] | None:
    """The versions that a grid has made; None where its record cannot be read."""
    try:
        return {row["version"] for row in read_json(folder / RECORD)["settings"] if row["version"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(runs: Path) -> None:
    """Remove the grids of which no run is left, and draw those anew that have lost some: no page leads nowhere."""
    runs = Path(runs)
    for name in without_runs(runs):
        (runs / GRIDS / name / RECORD).unlink(missing_ok=True)  # first, so that no list has it any more
        shutil.rmtree(runs / GRIDS / name, ignore_errors=True)
    folders = _ended(runs)
    there = set(versions(runs))
    for folder in folders:
        if not (_versions(folder) or set()) <= there:
            _draw(runs, folder)
    for path in (runs / BUILDING).glob(f"{_PREFIX}*{_SUFFIX}"):  # of grids that were killed
        if not is_locked(path):
            path.unlink(missing_ok=True)


def _draw(runs: Path, folder: Path) -> None:
    from churn_mlops.reports.grid import render_grid

    with suppress(KeyError, TypeError, ValueError):  # the record of another release
        render_grid(runs, read_json(folder / RECORD))
