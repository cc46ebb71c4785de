"""A version of the data: its tables as Parquet, named by the digest of their content."""

from pathlib import Path

from churn_mlops.archive.digest import digest_json
from churn_mlops.archive.files import read_json, write_json, write_text
from churn_mlops.archive.moment import present
from churn_mlops.archive.parsing import understood
from churn_mlops.archive.tables import read_table
from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.data.checking import AS_READ, Checked
from churn_mlops.data.profile import date_columns, span
from churn_mlops.data.sources import name_of
from churn_mlops.errors import CheckError, DataError

_HAPPENED = {
    "payments": "due",
    "contacts": "date",
    "usage": "known_on",
}  # of the simulator: its contracts name days to come


def save_version(run_dir: str, definition: Definition, checked: Checked, source: str) -> dict:
    """Write down the definition and what the version of the data is, beside its tables; returns the description.

    The version's digest depends on names, types and values of the tables as used, and on nothing else.
    """
    folder = Path(run_dir)
    described = {name: _describe(folder, name, checked) for name in checked.used}
    oldest, newest = data_span(definition, checked)
    version = {
        "source": name_of(source),
        "version": digest_json({name: table["digest"] for name, table in described.items()}),
        "oldest": oldest,
        "newest": newest,
        "rows_read": sum(table["rows_read"] for table in described.values()),
        "rows": sum(table["rows"] for table in described.values()),
        "rows_quarantined": sum(map(checked.set_aside, checked.used)),
        "tables": described,
    }
    write_text(folder / "definition.json", definition.to_json() + "\n")
    write_json(folder / AS_READ / "tables.json", {name: _where_read(table) for name, table in described.items()})
    write_json(folder / "data_version.json", version)
    return version


def _describe(folder: Path, name: str, checked: Checked) -> dict:
    """One table: digests, rows and files, as used and as read; equal digests stand for one file."""
    used, read = checked.used[name], checked.read[name]
    return {
        "digest": used.digest,
        "file": used.path.relative_to(folder).as_posix(),
        "rows": used.rows,
        "columns": len(used.schema),
        "read": read.digest,
        "read_file": read.path.relative_to(folder).as_posix(),
        "rows_read": checked.rows_in(name),
    }


def _where_read(table: dict) -> dict:
    return {"digest": table["read"], "file": table["read_file"], "rows": table["rows_read"]}


def data_span(definition: Definition, checked: Checked) -> tuple[str | None, str | None]:
    """The first and the last day that the data reports on, or None where it has no dates; days to come do not count."""
    dataset, tables = definition.dataset, checked.tables()
    if dataset.source == SIMULATOR:
        found = [span(tables[name], [column]) for name, column in _HAPPENED.items()]
    elif definition.events:
        found = [span(table, [definition.events.time]) for table in tables.values()]
    elif dataset.snapshot_date:
        found = [span(table, [dataset.snapshot_date]) for table in tables.values()]
    else:
        now = present().replace(tzinfo=None)
        found = [span(table, date_columns(table), until=now) for table in tables.values()]
    known = [moments for moments in found if moments[0]]
    if not known:
        return None, None
    return tuple(f"{day:%Y-%m-%d}" for day in (min(first for first, _ in known), max(last for _, last in known)))


def load_version(run_dir: str) -> tuple[Definition, dict]:
    """The definition and the tables that stage 01 has stored in this run."""
    folder = Path(run_dir)
    definition = load_definition(run_dir)
    tables = {path.stem: read_table(path) for path in sorted((folder / "tables").glob("*.parquet"))}
    return definition, tables


def open_version(run_dir: str) -> tuple[Definition, dict]:
    """The definition and the stored tables as Ibis tables: nothing is read before it is asked for."""
    from churn_mlops.data.engine import connect

    definition, engine = load_definition(run_dir), connect()
    paths = sorted((Path(run_dir) / "tables").glob("*.parquet"))
    return definition, {path.stem: engine.read_parquet(path) for path in paths}


def load_definition(run_dir: str) -> Definition:
    """The dataset definition of this run."""
    path = Path(run_dir) / "definition.json"
    if not path.exists():
        raise DataError(f"{path}: not there yet. Cure: run 01_data first.")
    with understood(path, "expected a dataset definition as 01_data writes it"):
        return Definition.from_json(path.read_text(encoding="utf-8"))


def load_data_version(run_dir: str) -> dict:
    """The description that `save_version` has written."""
    return read_json(Path(run_dir) / "data_version.json")


def check_size(version: dict, least_rows: int) -> None:
    """Raise CheckError when a version of the data has fewer rows than `least_rows`."""
    if version["rows"] < least_rows:
        raise CheckError(f"{version['source']}: {version['rows']:,} rows; at least {least_rows:,} are needed.")
