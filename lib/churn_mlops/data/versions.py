"""A version of the data: its tables as Parquet, named by the digest of their content."""

from pathlib import Path

from churn_mlops.archive.digest import digest_json, digest_table
from churn_mlops.archive.files import read_json, write_json, write_text
from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.data.sources import TABLE
from churn_mlops.errors import CheckError, DataError


def save_version(run_dir: str, definition: Definition, tables: dict, quarantine, source: str) -> dict:
    """Store the checked tables, what was set aside and the definition; returns the version's description.

    The version's digest depends on names, types and values of the tables alone.
    """
    import pyarrow as pa

    folder = Path(run_dir)
    described = {}
    for name, frame in tables.items():
        write_table(folder / "tables" / f"{name}.parquet", frame)
        digest = digest_table(pa.Table.from_pandas(frame, preserve_index=False))
        described[name] = {"digest": digest, "rows": len(frame), "columns": frame.shape[1]}
    write_table(folder / "quarantine.parquet", quarantine)
    write_text(folder / "definition.json", definition.to_json() + "\n")
    version = {
        "source": Path(source).name,
        "version": digest_json({name: table["digest"] for name, table in described.items()}),
        "newest": _newest(tables, definition),
        "rows": sum(table["rows"] for table in described.values()),
        "rows_quarantined": len(quarantine),
        "tables": described,
    }
    write_json(folder / "data_version.json", version)
    return version


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
    return Definition.from_json(path.read_text(encoding="utf-8"))


def load_data_version(run_dir: str) -> dict:
    """The description that `save_version` has written."""
    return read_json(Path(run_dir) / "data_version.json")


def _newest(tables: dict, definition: Definition) -> str | None:
    """The last day that the data reports on, or None where it has no dates."""
    import pandas as pd

    dataset = definition.dataset
    if dataset.source == SIMULATOR:  # its contracts name days to come, so only what has happened counts
        days = [tables["payments"]["due"].max(), tables["contacts"]["date"].max(), tables["usage"]["known_on"].max()]
    elif dataset.snapshot_date:
        days = [tables[TABLE][dataset.snapshot_date].max()]
    else:
        days = list(tables[TABLE].select_dtypes("datetime").max())
    days = [day for day in days if pd.notna(day)]
    return max(days).strftime("%Y-%m-%d") if days else None


def check_size(version: dict, least_rows: int) -> None:
    """Raise CheckError when a version of the data has fewer rows than `least_rows`."""
    if version["rows"] < least_rows:
        raise CheckError(f"{version['source']}: {version['rows']:,} rows; at least {least_rows:,} are needed.")
