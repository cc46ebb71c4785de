"""The customers of the newest run: found by id, and the hundred at the highest risk."""

import csv
import io
import math
from dataclasses import dataclass, field
from pathlib import Path

from churn_mlops.archive.versions import read_manifest, versions
from churn_mlops.features.signature import MISSING, conform
from churn_mlops.models.explaining import describe
from churn_mlops.serving.loading import ACTIVE, EXAMPLE, Loaded
from churn_mlops.serving.lowering import lower_risk
from churn_mlops.serving.service import describe_answer, offer_terms

SCORES, TOP = "scores.parquet", 100


class NoSuchCustomer(Exception):
    """No customer of that id is among the scored ones."""


@dataclass
class Customers:
    """The archive, and the newest run of each dataset as it was last looked up."""

    runs: Path
    _known: dict = field(default_factory=dict)

    def newest(self, dataset: str) -> str | None:
        """The newest succeeded run of a dataset."""
        there = versions(self.runs)
        if self._known.get(dataset, (None,))[0] != there:
            self._known[dataset] = there, next((v for v in there if self._is_of(v, dataset)), None)
        return self._known[dataset][1]

    def find(self, loaded: Loaded, customer: str) -> tuple[dict, str]:
        """A customer's row of features and the run it is from; raises NoSuchCustomer."""
        version = self.newest(loaded.dataset)
        row = version and _row_of(self._artifacts(version) / ACTIVE, loaded.answering.signature.id, customer)
        if row is None:
            raise NoSuchCustomer(f"no customer {customer!r} among those of the newest run")
        return row, version

    def top(self, loaded: Loaded) -> dict:
        """The hundred at the highest risk, as the newest run has scored them, and by which model that was."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        version = self.newest(loaded.dataset)
        if version is None:
            return {"version": None, "customers": []}
        id = loaded.answering.signature.id
        table = pq.read_table(self._artifacts(version) / SCORES)
        kept = [
            name for name in ("probability", "decision", "expected_profit", "reason_1") if name in table.column_names
        ]
        first = table.take(pc.select_k_unstable(table, TOP, [("probability", "descending")])).select([id, *kept])
        rows = [{name: _plain(value) for name, value in row.items()} for row in first.to_pylist()]
        return {"version": version, "id": id, "customers": rows}

    def _artifacts(self, version: str) -> Path:
        return Path(self.runs) / version / "artifacts"

    def _is_of(self, version: str, dataset: str) -> bool:
        try:
            manifest = read_manifest(self.runs, version)
        except (OSError, ValueError):
            return False
        succeeded = manifest.get("dataset") == dataset and manifest.get("status") == "succeeded"
        return (
            succeeded
            and (self._artifacts(version) / SCORES).is_file()
            and (self._artifacts(version) / EXAMPLE).is_file()
        )


def describe_customer(customers: Customers, loaded: Loaded, customer: str) -> dict:
    """A customer's risk by the model that answers now: reasons, offer, what would lower it.

    Not in the prediction log: an agent looks, and no system decides by it.
    """
    import pandas as pd

    row, version = customers.find(loaded, customer)
    answering = loaded.answering
    values = conform(pd.DataFrame([row]), answering.signature).iloc[0].tolist()
    told = describe_answer(loaded, values, reasons=True)
    told.pop("id")
    columns = answering.signature.columns
    request = {c.name: None if _is_gap(c, v) else v for c, v in zip(columns, values, strict=True)}
    words = {c.name: describe(c, v) for c, v in zip(columns, values, strict=True)}
    more = {"lower": lower_risk(answering, values, told["probability"]), **offer_terms(loaded)}
    return {"customer": customer, "run": version, **told, **more, "request": request, "words": words}


def as_csv(top: dict) -> str:
    """The list as CSV, in which no id is a formula to a spreadsheet."""
    text = io.StringIO()
    if top["customers"]:
        writer = csv.DictWriter(text, list(top["customers"][0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _inert(value) for name, value in row.items()} for row in top["customers"])
    return text.getvalue()


def _row_of(path: Path, id: str, customer: str) -> dict | None:
    """One row of a table of any size: its place by the column of ids, then the piece of the file that holds it."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        ids = pc.cast(file.read([id]).column(0), pa.string())
        place = pc.index(ids, pa.scalar(customer, pa.string())).as_py()
        if place < 0:
            return None
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if place < rows:
                return file.read_row_group(group).slice(place, 1).to_pylist()[0]
            place -= rows
    return None


def _is_gap(column, value) -> bool:
    return value == MISSING if column.kind == "category" else math.isnan(value)


def _plain(value):
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _inert(value):
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
