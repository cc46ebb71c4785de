"""Taking a dataset in: every table stored as read, held against its contract, and stored as used; the rest set aside.

Rows in = rows kept + rows set aside, for each table and to the last row.
"""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import write_json
from churn_mlops.archive.tables import table_writer
from churn_mlops.config import Definition
from churn_mlops.data.contract import SAME, Contract, make_contract
from churn_mlops.data.sources import Source, file_rows
from churn_mlops.data.storing import Stored, store_as_read, store_as_used

QUARANTINE, AS_READ, AS_USED = "quarantine.parquet", "read", "tables"
HOW_READ = "source.json"  # beside the tables as read: what else a source has said


@dataclass(frozen=True)
class Checked:
    """A dataset after its contract: the tables as read and as used, and what was set aside."""

    read: dict[str, Stored]
    used: dict[str, Stored]
    contracts: tuple[Contract, ...]
    rejected: Counter  # table -> rows that could not even be read into fields
    reasons: Counter  # (table, reason without its value) -> rows
    expected: Counter  # table -> rows set aside for reasons that the definition expects

    def rows_in(self, name: str) -> int:
        """All rows of the source's table, read into fields or not."""
        return self.read[name].rows + self.rejected[name]

    def set_aside(self, name: str) -> int:
        """The rows in quarantine."""
        return self.rows_in(name) - self.used[name].rows

    def tables(self) -> dict:
        """The tables as used, as Ibis expressions."""
        return {name: stored.table for name, stored in self.used.items()}


def read_tables(run_dir: str, source: Source) -> dict[str, Stored]:
    """Store each table of a source as it comes."""
    folder = Path(run_dir) / AS_READ
    write_json(folder / HOW_READ, {"decimal": source.decimal, "rejected": len(source.rejected)})
    return {name: store_as_read(folder / f"{name}.parquet", table) for name, table in source.tables.items()}


def make_contracts(definition: Definition, read: dict[str, Stored], decimal: str = ".", today=None) -> list[Contract]:
    """One contract a table; for a file from its definition, for the simulator from its tables' shape."""
    return [
        make_contract(definition, name, stored.table, stored.first_rows(), decimal, today)
        for name, stored in read.items()
    ]


def check_tables(run_dir: str, contracts: list[Contract], read: dict[str, Stored], rejected) -> Checked:
    """Hold every row against its contract; the kept ones are stored, the others go to quarantine with their reasons.

    `rejected` are the rows that the source could not read into fields; they go to quarantine too.
    """
    folder, used, expected = Path(run_dir), {}, Counter()
    with _quarantine(folder / QUARANTINE) as aside:
        aside.add_all(rejected)
        for contract in contracts:
            name = contract.table
            own = rejected[rejected["table"] == name]
            set_aside = aside.of(contract, own, expected)
            number = _numbers(own)
            used[name] = store_as_used(folder / AS_USED / f"{name}.parquet", read[name], contract, set_aside, number)
    one_file = {n: s for n, s in used.items() if s.digest == read[n].digest}  # the file as read has become the other
    gone = Counter(rejected["table"])
    return Checked({**read, **one_file}, used, tuple(contracts), gone, aside.reasons, expected)


def take_in(run_dir: str, definition: Definition, source: Source, today=None) -> Checked:
    """All steps at once: read, decide on the contract, check, store."""
    read = read_tables(run_dir, source)
    contracts = make_contracts(definition, read, source.decimal, today)
    return check_tables(run_dir, contracts, read, source.rejected)


def _numbers(rejected):
    """From the position of a row in the table to its number in the file."""
    return lambda position: int(file_rows([position], rejected)[0])


@contextmanager
def _quarantine(path: Path):
    schema = quarantine_schema()
    with table_writer(path, schema) as write:
        yield _Quarantine(write, schema)


def quarantine_schema():
    """The columns of a quarantine: table, number of the row in its file, why, and the row as JSON."""
    import pyarrow as pa

    text = pa.string()
    return pa.schema([("table", text), ("row", pa.int64()), ("reasons", text), ("values", text)])


def quarantined(table: str, raw, numbers, reasons):
    """Rows as the quarantine holds them: as read, their numbers in the file, their reasons."""
    import pandas as pd

    values = raw.to_pandas().to_json(orient="records", lines=True, date_format="iso").splitlines()
    told = ["; ".join(own) for own in reasons]
    return pd.DataFrame({"table": table, "row": numbers, "reasons": told, "values": values})


class _Quarantine:
    """The file of the rows that were set aside, and how often which reason was given."""

    def __init__(self, write, schema):
        self.write, self.schema, self.reasons = write, schema, Counter()

    def add_all(self, rows) -> None:
        """Take a DataFrame of such rows."""
        import pyarrow as pa

        if len(rows):
            self.write(pa.Table.from_pandas(rows[self.schema.names], self.schema, preserve_index=False))
        self.reasons.update(zip(rows["table"], rows["reasons"].map(without_values), strict=True))

    def of(self, contract: Contract, rejected, expected: Counter):
        """The function that takes the rows of one table: as read, their positions, their reasons."""

        def set_aside(raw, positions, reasons) -> None:
            self.add_all(quarantined(contract.table, raw, file_rows(positions, rejected), reasons))
            expected[contract.table] += sum(all(map(contract.expects, own)) for own in reasons)

        return set_aside


def without_values(reasons: str) -> str:
    """The reasons with what is peculiar to a row left out."""
    import re

    reasons = re.sub(rf"{SAME} \d+", "the same as an earlier row", reasons)
    return re.sub(r"""(?:'[^']*'|"[^"]*"|(?<= )[-+\d.e]+|Timestamp\([^)]*\)) (?=is )""", "", reasons)


def reasons_table(checked: Checked):
    """How many rows were set aside for which reason, commonest first; values are left out of the reasons."""
    import pandas as pd

    rows = [(table, reason, count) for (table, reason), count in checked.reasons.most_common()]
    return pd.DataFrame(rows, columns=["table", "reason", "rows"])


def sums_table(checked: Checked):
    """Rows in, rows kept and rows set aside, by table: the first is the sum of the others."""
    import pandas as pd

    rows = [
        {"table": name, "rows in": checked.rows_in(name), "kept": used.rows, "set aside": checked.set_aside(name)}
        for name, used in checked.used.items()
    ]
    return pd.DataFrame(rows)
