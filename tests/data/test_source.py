import gzip
from pathlib import Path

import pandas as pd
import pytest

from churn_mlops.config import Config, Dataset, Definition, Money
from churn_mlops.data.source import TABLE, load_tables, locate
from churn_mlops.errors import ConfigError, DataError

TEXT = "id,plan,churn\na,basic,yes\nb,,no\n"


def config(folder: Path, source: str = "people.csv") -> Config:
    dataset = Dataset("people", source, id="id", target="churn")
    return Config(folder / "people.toml", "", Definition(dataset, Money(1, 1, 1)), {})


def load(path):
    return load_tables(config(path.parent).definition, str(path))[TABLE]


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_source_is_looked_for_beside_its_definition(tmp_path):
    written(tmp_path / "people.csv", TEXT)
    assert locate(config(tmp_path)) == str(tmp_path / "people.csv")


def test_data_given_replaces_the_source(tmp_path):
    path = written(tmp_path / "other.csv", TEXT)
    assert locate(config(tmp_path), str(path)) == str(path)


def test_the_simulator_needs_no_file_and_takes_none(tmp_path):
    assert locate(config(tmp_path, "simulator")) == "simulator"
    with pytest.raises(
        ConfigError, match=r"--data mine\.csv.*simulator, which reads no file.*Cure: --config"
    ) as caught:
        locate(config(tmp_path, "simulator"), "mine.csv")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "content", "error", "told"),
    [
        ("absent.csv", None, ConfigError, "no such file.*people.*Cure: --data FILE"),
        ("people.xlsx", b"PK", ConfigError, r"Expected a name that ends in \.csv, \.csv\.gz, \.parquet"),
        ("people", b"id,churn\n", ConfigError, "Expected a name that ends in"),
        ("people.csv", b"", DataError, "the file is empty.*Cure"),
        ("people.parquet", b"", DataError, "the file is empty.*Cure"),
    ],
)
def test_a_source_that_cannot_be_right_is_refused_before_it_is_read(tmp_path, name, content, error, told):
    if content is not None:
        written(tmp_path / name, content)
    with pytest.raises(error, match=f"{name}.*{told}") as caught:
        locate(config(tmp_path, name))
    assert caught.value.exit_code == (2 if error is ConfigError else 3)


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "people.csv").mkdir()
    with pytest.raises(ConfigError, match="no such file"):
        locate(config(tmp_path))


GZIPPED = gzip.compress(b"id,churn\n" + b"".join(b"%d,yes\n" % (n * 7919) for n in range(5000)))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "\n\n", "no header line"),
        ("a.csv", "\ufeff", "no header line"),
        ("a.csv.gz", gzip.compress(b""), "no header line"),
        ("a.csv", "id,plan,churn\n", "a header and no rows"),
        ("a.csv.gz", gzip.compress(b"id,churn\n"), "a header and no rows"),
        ("a.csv.gz", GZIPPED[:-2000], "cannot be read"),  # the copy broke off
        ("a.csv.gz", GZIPPED[:2000] + b"\xff" * 400 + GZIPPED[2400:], "cannot be read"),
        ("a.csv.gz", TEXT, "cannot be read"),  # never was compressed
        ("a.csv", TEXT.encode("utf-16"), "cannot be read"),
        ("a.csv", "id,churn\nMüller,yes\n".encode("latin-1"), "cannot be read: 'utf-8' codec"),
        ("a.csv", "id,churn\n1,yes\n2,no,more\n", "cannot be read.*line 3"),
        ("a.csv", 'id,churn\n1,"yes\n', "cannot be read"),
        ("a.csv", "id,churn\n1,yes,\n2,no,\n", r"more values than the header has names \(2\)"),
        ("a.csv", "id, id,churn\n1,2,yes\n", "the header names id twice"),
        ("a.parquet", b"PAR1 torn", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_table_says_why_and_names_file_and_cure(tmp_path, name, content, told):
    path = written(tmp_path / name, content)
    with pytest.raises(DataError, match=rf"(?s){name}: .*{told}.*Cure: ") as caught:
        load(path)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TEXT),
        ("a.csv", "\ufeff" + TEXT),  # as spreadsheets write it
        ("a.csv", TEXT.replace("\n", "\r\n")),
        ("a.csv", TEXT.replace("id,plan,churn", " id ,plan, churn")),
        ("a.csv.gz", gzip.compress(TEXT.encode())),
    ],
)
def test_a_csv_file_gives_the_text_that_stands_in_it(tmp_path, name, content):
    table = load(written(tmp_path / name, content))
    assert list(table) == ["id", "plan", "churn"]
    assert table.fillna("-").to_numpy().tolist() == [["a", "basic", "yes"], ["b", "-", "no"]]


def test_texts_that_look_missing_or_numeric_are_left_as_they_stand(tmp_path):
    path = written(tmp_path / "a.csv", "id,plan,churn\n007,NA,None\n1e3,null,nan\n")
    assert load(path).to_numpy().tolist() == [["007", "NA", "None"], ["1e3", "null", "nan"]]


def test_a_parquet_file_keeps_its_types(tmp_path):
    table = pd.DataFrame({"id": [1, 2], "spend": [0.5, None], "day": pd.to_datetime(["2024-01-01", None])})
    table.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(load(tmp_path / "a.parquet"), table)


def test_the_simulator_gives_its_tables(tmp_path):
    settings = {"customers": 100, "months": 6}
    definition = config(tmp_path, "simulator").definition
    tables = load_tables(Definition(definition.dataset, definition.money, settings), "simulator")
    assert {"customers", "cancellations", "truth"} <= set(tables)
