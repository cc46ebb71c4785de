"""The data of a run, opened again from where the run has left it: the same to the digest, whatever it came from."""

import sqlite3

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churn_mlops.config import read_config
from churn_mlops.data.checking import take_in
from churn_mlops.data.sources import locate, open_source
from churn_mlops.data.versions import save_version
from churn_mlops.errors import DataError

MESSY = "id;spend;joined;left\na;1,5;2026-01-02;yes\nb;2,25;2026-01-03;no\n"
MESSY += "c;3\nd;;;no\ne;5,5;2026-02-30;yes\nf;1;2;3;4;5;6\n"
CONFIG = '[dataset]\nname = "shop"\nsource = "{source}"\nid = "id"\ntarget = "left"\n{more}\n'
CONFIG += "[money]\nvalue_kept = 1\noffer_cost = 1\nsuccess_rate = 0.5\n"


def text(folder):
    (folder / "shop.csv").write_text(MESSY)
    return "shop.csv", 'positive = "yes"'


def numbered(folder):
    (folder / "shop.csv").write_text(MESSY.replace("id;", "key;"))
    return "shop.csv", 'positive = "yes"\n[source]\nnumber_rows = "id"'


def parquet(folder):
    moments = pa.array([1, 2, None], pa.timestamp("ns", tz="Europe/Berlin"))
    columns = {"id": ["a", "b", "c"], "at": moments, "left": [1, 0, 1]}
    columns |= {"plan": pa.array(["x", "y", "x"]).dictionary_encode(), "n": pa.array([1, None, 3], pa.int16())}
    pq.write_table(pa.table(columns), folder / "shop.parquet")
    return "shop.parquet", ""


def database(folder):
    with sqlite3.connect(folder / "shop.db") as file:
        pd.DataFrame({"id": ["a", "b"], "n": [1.5, None], "left": [1, 0]}).to_sql("people", file, index=False)
    return f"sqlite:///{folder}/shop.db", 'table = "people"'


def taken_in(folder, config, data=""):
    """What 01_data leaves of a source, and its description."""
    source = open_source(config.definition, locate(config, data))
    checked = take_in(str(folder), config.definition, source)
    return save_version(str(folder), config.definition, checked, locate(config, data)), source


@pytest.mark.parametrize("kind", [text, numbered, parquet, database])
def test_data_read_back_from_the_archive_is_the_same_version_with_the_same_quarantine(tmp_path, kind):
    source, more = kind(tmp_path)
    (tmp_path / "shop.toml").write_text(CONFIG.format(source=source, more=more))
    config = read_config(tmp_path / "shop.toml")
    name = source.rpartition("/")[2]
    (tmp_path / "again").mkdir()
    first, opened = taken_in(tmp_path / "again" / name, config)
    for path in tmp_path.glob("shop.*"):
        path.unlink() if path.suffix != ".toml" else None
    second, again = taken_in(tmp_path / "second", config, str(tmp_path / "again" / name))
    assert second == first
    assert again.decimal == opened.decimal
    files = [path.relative_to(tmp_path / "second") for path in (tmp_path / "second").rglob("*") if path.is_file()]
    assert len(files) >= 5
    for path in files:
        assert (tmp_path / "second" / path).read_bytes() == (tmp_path / "again" / name / path).read_bytes(), path


def test_a_table_that_is_gone_is_named(tmp_path):
    source, more = text(tmp_path)
    (tmp_path / "shop.toml").write_text(CONFIG.format(source=source, more=more))
    config = read_config(tmp_path / "shop.toml")
    taken_in(tmp_path / "run", config)
    (tmp_path / "run/read/table.parquet").unlink()
    with pytest.raises(DataError, match=r"the table `table` is missing"):
        open_source(config.definition, str(tmp_path / "run"))
