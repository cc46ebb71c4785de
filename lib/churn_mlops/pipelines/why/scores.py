"""The list of scores that a run has made: a customer's row, and its reasons."""

from pathlib import Path

from churn_mlops.errors import ConfigError, DataError

SCORES = "artifacts/scores.parquet"


def read_score(run: Path, customer: str) -> dict | None:
    """The row of a customer in a run's list, the id as `customer` and the snapshot date as `as_of`; None: not there.

    Raises ConfigError where the run has no list, and DataError where it cannot be read.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq  # not read_table, which imports pandas

    path = run / SCORES
    if not path.is_file():
        raise ConfigError(f"{path}: this run has scored nobody. Cure: python pipeline.py runs names those that have.")
    try:
        with pq.ParquetFile(path) as file:
            name = file.schema_arrow.names[0]
            at = pc.indices_nonzero(_equal(file.read(columns=[name])[name], customer))
            rows = file.read().take(at[:1]).to_pylist() if len(at) else []
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read: {error}. Cure: python pipeline.py verify {run.name}.") from None
    return _as_row(rows[0], name) if rows else None


def _equal(column, customer: str):
    """Where the id is this customer's: ids may be numbers in the table, and are text on the command line."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):
        try:
            return pc.equal(column, float(customer))
        except ValueError:
            return pc.equal(column, float("nan"))  # which nothing is
    return pc.equal(pc.cast(column, pa.string()), customer)


def _as_row(row: dict, id: str) -> dict:
    """Plain values; NaN as None, and the one date, whose name is the dataset's own, as `as_of`."""
    told = {"customer": str(row.pop(id)), "as_of": None}
    for name, value in row.items():
        if hasattr(value, "isoformat"):
            told["as_of"] = value.isoformat()[:10]
        else:
            told[name] = None if value != value else value
    return told


def reasons_of(row: dict) -> list[dict]:
    """The reasons of a row, strongest first."""
    numbers = [name.removeprefix("reason_") for name in row if name.startswith("reason_") and row[name]]
    return [{"reason": row[f"reason_{n}"], "contribution": row.get(f"contribution_{n}")} for n in numbers]
