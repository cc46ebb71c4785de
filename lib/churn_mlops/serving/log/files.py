"""A file of the prediction log: whole at any moment, rewritten with what came since until it is full.

A Parquet file can only be read once its end is written, so rows that are to outlive a kill have to be in a finished
file. One a second would be 86,400 a day; so the newest file is written anew, beside its place and renamed, until it
holds `ROWS` rows or its hour is over. Readers find the old one or the new one, and each row once.
"""

from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.archive.files import writing
from churn_mlops.serving.log.entry import Entry

ROWS = 20_000  # of a file
AT_ONCE = 250  # entries that become a table in one go: meanwhile nothing is answered
REPEATED = ["dataset", "version", "digest", "role", "route", "decision"]  # columns that a dictionary makes smaller


def log_folder(runs: Path, dataset: str) -> Path:
    """Where the predictions of a dataset are kept; a folder a day below."""
    return Path(runs) / "predictions" / dataset


def schema():
    """The log's columns."""
    import pyarrow as pa

    kinds = {"at": pa.timestamp("us", tz="UTC"), "probability": pa.float64(), "seconds": pa.float64()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in Entry._fields])


def as_table(entries: list[Entry]):
    """Entries as an Arrow table."""
    import pyarrow as pa

    columns = zip(*entries, strict=True) if entries else [()] * len(Entry._fields)
    return pa.table([pa.array(c, kind) for c, kind in zip(columns, schema().types, strict=True)], schema=schema())


class LogFile:
    """The file that is being filled. `name` is this writer's own, so that several may write into a folder."""

    def __init__(self, folder: Path, name: str):
        self.folder, self.name = Path(folder), name
        self.number, self.hour, self.table = 0, "", None

    def add(self, entries: list[Entry], now: datetime | None = None) -> None:
        """Put entries on disk, flushed. A failure leaves the file as it was, and the entries can be added again."""
        import pyarrow as pa

        hour = f"{now or datetime.now(UTC):%Y-%m-%d/%H}"
        if self.table is not None and (hour != self.hour or len(self.table) >= ROWS):
            self.table, self.number = None, self.number + 1
        self.hour = hour
        more = [as_table(entries[start : start + AT_ONCE]) for start in range(0, len(entries), AT_ONCE)]
        table = pa.concat_tables(more if self.table is None else [self.table, *more])
        self._write(table)
        self.table = table

    @property
    def path(self) -> Path:
        """Where the file stands."""
        day, hour = self.hour.split("/")
        return self.folder / day / f"{hour}-{self.name}-{self.number:06}.parquet"

    def _write(self, table) -> None:
        import pyarrow.parquet as pq

        with writing(self.path) as file:
            pq.write_table(table, file, compression="zstd", compression_level=1, use_dictionary=REPEATED)
