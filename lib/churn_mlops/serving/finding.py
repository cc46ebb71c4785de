"""Predictions of the HTTP service, found again in its log: `runs/predictions/<dataset>/<day>/<name>.parquet`.

The log is written while it is read. What is being written ends in `.part` and is not looked at; a file that cannot be
read, or is gone again, is passed over: whoever asks is told only where nothing was found.
"""

from collections.abc import Iterator
from pathlib import Path

PREDICTIONS = "predictions"  # folder of the log, in the archive
CHAMPION, SHADOW = "champion", "shadow"  # roles of the model that was asked
_SUMMARY = ("id", "at", "dataset", "version", "digest", "role", "customer", "probability", "decision")


def find_prediction(runs_dir: Path, id: str) -> dict | None:
    """The champion's answer with this id as the log has it, and `file`, from the archive; None where there is none.

    A shadow that was asked the same has the same id: its answer is `shadow`, a dict like this one, or None.
    """
    hits = []
    for day in _days(runs_dir, "*"):
        hits += [hit for path in day for hit in _rows(Path(runs_dir), path, "id", id)]
        if any(hit["role"] == CHAMPION for hit in hits):
            break
    by_role = {hit["role"]: hit for hit in hits}
    found = by_role.get(CHAMPION) or by_role.get(SHADOW)
    return found and {**found, "shadow": by_role.get(SHADOW) if found["role"] == CHAMPION else None}


def predictions_of(runs_dir: Path, dataset: str, customer: str, most: int = 100) -> list[dict]:
    """What the champion has answered of a customer, newest first, without the request; at most `most`."""
    found = []
    for day in _days(runs_dir, dataset):
        rows = [row for path in day for row in _rows(Path(runs_dir), path, "customer", customer, _SUMMARY)]
        found += sorted((row for row in rows if row["role"] == CHAMPION), key=lambda row: row["at"], reverse=True)
        if len(found) >= most:
            break
    return found[:most]


def unreadable(runs_dir: Path) -> list[str]:
    """The files of the log that cannot be read, from the archive."""
    files = (path for day in _days(runs_dir, "*") for path in day)
    return [path.relative_to(runs_dir).as_posix() for path in files if _open(path) is None]


def _days(runs_dir: Path, dataset: str) -> Iterator[list[Path]]:
    """The files of the log day by day, newest first."""
    folders: dict[str, list[Path]] = {}
    for folder in (Path(runs_dir) / PREDICTIONS).glob(f"{dataset}/*/"):
        folders.setdefault(folder.name, []).append(folder)
    for day in sorted(folders, reverse=True):
        yield sorted((path for folder in folders[day] for path in folder.glob("[!.]*.parquet")), reverse=True)


def _rows(runs_dir: Path, path: Path, name: str, value: str, columns: tuple[str, ...] | None = None) -> list[dict]:
    """The rows of a file in which a column has a value; only that column is read where there are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    file = _open(path)
    if file is None:
        return []
    with file:
        try:
            at = pc.indices_nonzero(pc.equal(pc.cast(file.read(columns=[name])[name], pa.string()), value))
            if not len(at):
                return []
            table = file.read(columns=columns and list(columns)).take(at)
        except (OSError, KeyError, pa.ArrowException):
            return []
    where = path.relative_to(runs_dir).as_posix()
    return [{**row, "at": f"{row['at']:%Y-%m-%dT%H:%M:%S.%fZ}", "file": where} for row in table.to_pylist()]


def _open(path: Path):
    """The open file; None where it is torn, none of Parquet, or gone."""
    import pyarrow as pa
    import pyarrow.parquet as pq  # not read_table, which imports pandas

    try:
        return pq.ParquetFile(path)
    except (OSError, pa.ArrowException):
        return None
