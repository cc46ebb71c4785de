"""What counts of the data for finding a result again: its content, wherever it is; a server's is never the same."""

import os
import time

import pytest

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.remembered import Remembered
from churn_mlops.pipelines.cache.inputs import digest_data


@pytest.fixture
def digest(tmp_path):
    return lambda location: digest_data(str(location), Remembered(tmp_path / "kept.json", digest_file))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "people"
    (path / "year=2024").mkdir(parents=True)
    (path / "year=2024" / "a.parquet").write_bytes(b"a")
    (path / "b.parquet").write_bytes(b"b")
    return path


def test_a_file_counts_by_its_content(digest, tmp_path):
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "b.csv").write_text("x")
    assert digest(tmp_path / "a.csv") == digest(tmp_path / "b.csv")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "b.parquet").write_bytes(b"c"),
        lambda folder: (folder / "c.parquet").write_bytes(b"c"),
        lambda folder: (folder / "b.parquet").unlink(),
        lambda folder: (folder / "b.parquet").rename(folder / "c.parquet"),
        lambda folder: (folder / "year=2024").rename(folder / "year=2023"),
    ],
)
def test_a_folder_counts_by_the_names_and_contents_of_its_files(digest, folder, change):
    before = digest(folder)
    os.utime(folder / "b.parquet", (1, 1))
    assert digest(folder) == before
    change(folder)
    assert digest(folder) != before


def test_an_sqlite_file_counts_with_what_it_has_yet_to_take_in(digest, tmp_path):
    (tmp_path / "a.db").write_bytes(b"x")
    before = digest(f"sqlite:///{tmp_path}/a.db")
    assert before == digest(tmp_path / "a.db")
    (tmp_path / "a.db-wal").write_bytes(b"y")
    assert digest(f"sqlite:///{tmp_path}/a.db") != before


def test_what_a_server_holds_is_never_known_to_be_the_same(digest):
    url = "postgresql://me@localhost/shop"
    before = digest(url)
    time.sleep(0.001)
    assert digest(url) != before
