"""What changed between two data versions of the archive: tables, columns, rows and distributions."""

from contextlib import suppress
from pathlib import Path

from churn_mlops.config import Definition
from churn_mlops.errors import DataError
from churn_mlops.pipelines.datasets.naming import resolve_data

_TOLD = ("version", "rows", "rows_quarantined", "oldest", "newest")


def data_difference(runs: Path, a: str, b: str) -> dict:
    """The difference between two data versions, each named by its digest or by a run that used it."""
    sides = [resolve_data(runs, text) for text in (a, b)]
    folders = [Path(runs) / run["version"] / "artifacts" for _, run in sides]
    told = [_describe(*side) for side in sides]
    return {"a": told[0], "b": told[1], **_compare(*(entry["tables"] for entry, _ in sides), *folders)}


def _describe(entry: dict, run: dict) -> dict:
    told = {name: entry[name] for name in _TOLD}
    return told | {"source": ", ".join(entry["sources"]), "run": run["version"], "dataset": run["dataset"]}


def _compare(before: dict, now: dict, folder_a: Path, folder_b: Path) -> dict:
    before, now = before or {}, now or {}
    listed = {
        "tables_added": [name for name in now if name not in before],
        "tables_removed": [name for name in before if name not in now],
        "tables_equal": [n for n in before if n in now and before[n]["digest"] == now[n]["digest"]],
    }
    changed = [name for name in before if name in now and name not in listed["tables_equal"]]
    key = _key(folder_a, folder_b) if changed else ()
    return listed | {"tables": [_table(name, folder_a, folder_b, key) for name in changed]}


def _key(*folders: Path) -> tuple[str, ...]:
    """Id and snapshot date of the definitions; none where the two give different ones."""
    found = []
    for folder in folders:
        with suppress(OSError, ValueError, KeyError, TypeError):
            dataset = Definition.from_json((folder / "definition.json").read_text(encoding="utf-8")).dataset
            found.append(tuple(filter(None, (dataset.id, dataset.snapshot_date))))
    return found[0] if len(set(found)) == 1 else ()


def _table(name: str, folder_a: Path, folder_b: Path, key: tuple[str, ...]) -> dict:
    from churn_mlops.data.difference import compare_tables, database, read, spans
    from churn_mlops.monitoring.shift import SAMPLE, compare_distributions

    paths = [_path(folder, name) for folder in (folder_a, folder_b)]
    with database() as con:
        a, b = (read(con, path) for path in paths)
        numbered = read(con, paths[0], file_row_number=True)
        rows = int(a.count().to_pyarrow().as_py())
        numbered = numbered.filter(numbered.file_row_number % max(1, rows // SAMPLE) == 0)

        def sample(column):
            return numbered.select(value=numbered[column].cast("float64")).to_pyarrow()["value"].to_numpy()

        found = compare_tables(a, b, key)
        shifts = compare_distributions(a, b, sample, skip=key[:1])
        counts = {"rows_a": rows, "rows_b": int(b.count().to_pyarrow().as_py())}
        return {"name": name, **counts, **found, "spans": spans(a, b), "distributions": shifts}


def _path(folder: Path, name: str) -> Path:
    path = folder / "tables" / f"{name}.parquet"
    if not path.is_file():
        raise DataError(
            f"{path}: the table is not there. "
            f"Cure: python pipeline.py verify {folder.parent.name} says what is missing."
        )
    return path
