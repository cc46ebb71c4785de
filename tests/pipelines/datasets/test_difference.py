"""`data diff` from the archive to the text: tables, columns, rows and what moved."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.data.checked import as_checked

from churn_mlops.archive import versions
from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.data.versions import load_data_version, save_version
from churn_mlops.errors import DataError
from churn_mlops.pipelines.datasets.difference import data_difference
from churn_mlops.pipelines.datasets.text import difference_text

RNG = np.random.default_rng(1)
PEOPLE = pd.DataFrame(
    {"id": [f"c{n:04}" for n in range(2000)], "spend": RNG.normal(50, 10, 2000), "plan": RNG.choice(["x", "y"], 2000)}
)
DEFINITION = Definition(Dataset("people", "people.csv", id="id", target="left"), Money(100, 10, 0.5))


def publish(runs, definition=DEFINITION, source="people.csv", **tables):
    building = versions.begin(runs)
    save_version(str(building.artifacts), definition, as_checked(building.artifacts, tables), source)
    facts = {"dataset": "people", "status": "succeeded", "verdict": "Succeeded", "experiment": False, "model": None}
    data = load_data_version(str(building.artifacts))
    return versions.publish(building, {**facts, "data": data}).name


def test_a_difference_is_told_from_tables_to_distributions(tmp_path):
    now = PEOPLE.iloc[1:].assign(spend=PEOPLE["spend"].mask(PEOPLE.index == 7, 99.5), region="north")
    now["plan"] = now["plan"].where(RNG.random(1999) < 0.5, "x")
    a = publish(tmp_path, table=PEOPLE, prices=PEOPLE[["plan"]].drop_duplicates(), old=PEOPLE)
    b = publish(tmp_path, table=now, prices=PEOPLE[["plan"]].drop_duplicates(), new=PEOPLE, source="later.csv")
    found = data_difference(tmp_path, a, b)
    assert json.loads(json.dumps(found)) == found
    assert (found["tables_added"], found["tables_removed"], found["tables_equal"]) == (["new"], ["old"], ["prices"])
    (table,) = found["tables"]
    assert (table["rows_a"], table["rows_b"], table["by"]) == (2000, 1999, ["id"])
    assert table["rows"]["removed"] == 1
    assert table["changed_columns"]["spend"] == 1
    assert [row["column"] for row in table["distributions"] if row["moved"]] == ["plan"]
    text = difference_text(found)
    told = [
        "Table new was added\nTable old was removed\nEqual: prices",
        "Table table: 2,000 -> 1,999 rows\n  column region added (string)\n  rows, told apart by id\n    1 removed\n",
        "      - id c0000\n",
        "spend in 1\n",
        "  distributions that moved most\n    plan  PSI 0.",
    ]
    assert [part for part in told if part not in text] == []


def test_equal_data_and_another_order_are_told(tmp_path):
    a, b = publish(tmp_path, table=PEOPLE), publish(tmp_path, table=PEOPLE.iloc[::-1])
    assert "The same data version: nothing differs." in difference_text(data_difference(tmp_path, a, a))
    assert "  the same rows in another order" in difference_text(data_difference(tmp_path, a, b))


def test_definitions_of_different_ids_give_no_key(tmp_path):
    other = replace(DEFINITION, dataset=replace(DEFINITION.dataset, id="spend"))
    a, b = publish(tmp_path, table=PEOPLE), publish(tmp_path, other, table=PEOPLE.iloc[1:])
    (table,) = data_difference(tmp_path, a, b)["tables"]
    assert (table["by"], table["rows"]["removed"]) == ([], 1)


def test_a_table_that_is_not_in_the_archive_is_told_with_its_cure(tmp_path):
    a, b = publish(tmp_path, table=PEOPLE), publish(tmp_path, table=PEOPLE.iloc[1:])
    (tmp_path / a / "artifacts" / "tables" / "table.parquet").unlink()
    with pytest.raises(DataError, match=f"the table is not there. Cure: python pipeline.py verify {a}"):
        data_difference(tmp_path, a, b)
