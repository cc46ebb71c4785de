"""What a run has left behind, read leniently: what is missing or torn is None, and no page fails for it."""

import json
from functools import cached_property, wraps
from pathlib import Path

from churn_mlops.reports.formats import is_number

UNREADABLE = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, RecursionError)
_OURS = ("kind", "anchor", "name", "key", "files", "sign")  # what pages are made by; never from the data
MANIFEST, METRICS = "manifest.json", "metrics.json"


class Facts:
    """The files of the run in a folder, each read once, when it is first asked for.

    `manifest` and `metrics` are what manifest.json and metrics.json hold or will hold: they are written last.
    Names of files are those from the run's folder, as links on its pages have them.
    """

    def __init__(self, run: Path, manifest: dict | None = None, metrics: dict | None = None):
        self.run, self._read = Path(run), {}
        self._given = {MANIFEST: manifest, METRICS: metrics}

    @cached_property
    def manifest(self) -> dict:
        """The manifest, empty where there is none."""
        return _dict(self.json(MANIFEST))

    @cached_property
    def metrics(self) -> dict:
        """The run's figures by flat name, those that are numbers."""
        return {name: value for name, value in _dict(self.json(METRICS)).items() if is_number(value)}

    def has(self, name: str) -> bool:
        """Whether the run has this file, or will have it."""
        return self._given.get(name) is not None or (self.run / name).is_file()

    def json(self, name: str):
        """The value of a JSON file; None where it cannot be read."""
        return self._value(name)[0]

    def says_nothing(self, name: str) -> bool:
        """Whether the file is there and says, by null, that there is nothing to say."""
        return self._value(name) == (None, True)

    def _value(self, name: str) -> tuple:
        """The value of a JSON file, and whether it could be read."""
        if self._given.get(name) is not None:
            return self._given[name], True
        path = self.run / name
        return self._once(("json", name), lambda: (json.loads(path.read_text(encoding="utf-8")), True)) or (None, False)

    def object(self, name: str) -> dict:
        """The value of a JSON file that holds names and values; empty where it does not."""
        return _dict(self.json(name))

    def rows(self, name: str) -> list[dict] | None:
        """The rows of a small Parquet table; None where it cannot be read."""
        return self._once(("rows", name), lambda: _rows(_read(self.run / name)))

    def columns(self, name: str, *columns: str):
        """Columns of a Parquet table, of any size, as an Arrow table; None where it cannot be read or lacks one."""
        return self._once(("columns", name, columns), lambda: _read(self.run / name, list(columns)))

    def count(self, name: str) -> int | None:
        """The number of rows of a Parquet table."""
        return self._once(("count", name), lambda: _open(self.run / name).metadata.num_rows)

    def gates(self) -> list[dict]:
        """The gates of the run, each with name, passed, value, threshold, message."""
        found = [self.json(f"artifacts/{name}.json") for name in ("gates", "parity")]
        return [gate for gates in found if isinstance(gates, list) for gate in gates if isinstance(gate, dict)]

    def signature(self) -> list[dict]:
        """What the model reads: name, kind, unit and what was seen of each column."""
        columns = self.object("artifacts/signature.json").get("columns")
        return [c for c in columns if isinstance(c, dict) and c.get("name")] if isinstance(columns, list) else []

    def definition(self, section: str) -> dict:
        """A section of the dataset definition."""
        return _dict(self.object("artifacts/definition.json").get(section))

    def _once(self, key, read):
        if key not in self._read:
            self._read[key] = lenient(read)()
        return self._read[key]


def covered(value, hide):
    """A value with `hide` applied to each text in it, but for the names of dictionaries, which are ours."""
    if isinstance(value, dict):
        return {name: inner if name in _OURS else covered(inner, hide) for name, inner in value.items()}
    if isinstance(value, list):
        return [covered(inner, hide) for inner in value]
    return hide(value) if isinstance(value, str) else value


def lenient(function):
    """The function, None where what it reads is not there or not of the shape that it expects."""

    @wraps(function)
    def call(*args):
        try:
            return function(*args)
        except UNREADABLE:
            return None

    return call


def _dict(value) -> dict:
    return value if isinstance(value, dict) else {}


def _open(path: Path):
    import pyarrow.parquet as pq

    # Not read_table, and no group_by below: both import pandas, which takes longer than all the rest here.
    return pq.ParquetFile(path)


def _read(path: Path, columns: list[str] | None = None):
    table = _open(path).read(columns=columns)
    if columns and set(columns) - set(table.column_names):
        raise KeyError(columns)
    return table


def _rows(table) -> list[dict]:
    columns = table.to_pydict()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
