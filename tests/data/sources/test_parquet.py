import pandas as pd
import pytest

from churn_mlops.data.sources import TABLE
from churn_mlops.errors import DataError

TYPED = pd.DataFrame({"id": [1, 2], "spend": [0.5, None], "day": pd.to_datetime(["2024-01-01", None])})


def frame(**columns):
    return pd.DataFrame(columns)


@pytest.fixture
def folder(tmp_path):
    """Write data frames as Parquet by their names below a folder."""

    def write(**frames):
        for name, rows in frames.items():
            path = tmp_path / "people" / name.replace("__", "/").replace("_is_", "=")
            path.parent.mkdir(parents=True, exist_ok=True)
            rows.to_parquet(path.with_suffix(".parquet"))
        return tmp_path / "people"

    return write


def test_a_file_keeps_its_types(tmp_path, opened):
    TYPED.to_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(opened(tmp_path / "a.parquet").tables[TABLE].to_pandas(), TYPED)


def test_names_are_trimmed_and_blank_ones_filled_in(tmp_path, rows):
    pd.DataFrame({" id ": ["a"], "": ["b"]}).to_parquet(tmp_path / "a.parquet")
    assert rows(tmp_path / "a.parquet")[0] == ["id", "unnamed_2"]


def test_the_files_of_a_folder_follow_each_other_by_name(folder, rows, opened):
    path = folder(part_2=frame(id=["c"]), part_1=frame(id=["a", "b"]), deeper__part_0=frame(id=["d"]))
    assert rows(path) == [["id"], ["d"], ["a"], ["b"], ["c"]]
    assert opened(path).notes == ("3 Parquet files",)


def test_columns_may_stand_in_another_order(folder, rows):
    path = folder(a=frame(id=["a"], churn=["yes"]), b=frame(churn=["no"], id=["b"]))
    assert rows(path) == [["id", "churn"], ["a", "yes"], ["b", "no"]]


def test_folders_named_after_a_key_become_a_column(folder, rows, opened):
    path = folder(year_is_2023__a=frame(id=["a"]), year_is_2024__a=frame(id=["b"]))
    assert rows(path) == [["id", "year"], ["a", 2023], ["b", 2024]]
    assert "column `year` from the names of folders" in opened(path).notes


def test_bookkeeping_of_whoever_wrote_the_folder_is_passed_over(folder, rows):
    path = folder(a=frame(id=["a"]), _temporary__b=frame(id=["b"]))
    (path / "_SUCCESS").touch()
    (path / ".a.parquet.crc").write_bytes(b"x")
    assert rows(path)[1:] == [["a"]]


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        ({}, r"people: no Parquet file \(.parquet\) in this folder. It is empty"),
        (
            {"a": frame(id=[1]), "b": frame(id=["1"])},
            "its files differ in column `id`: int64 in a.parquet, .* in b.par",
        ),
        ({"a": frame(id=[1]), "b": frame(id=[1], x=[1])}, "differ in column `x`: not there in a.parquet, int64 in b.p"),
        ({"a": frame(id=[1], ID=[1])}, "`id` and `ID`, which databases take for one"),
        ({"a": TYPED.head(0)}, "a header and no rows"),
    ],
)
def test_a_folder_that_is_not_one_table_is_refused_with_file_rule_and_cure(tmp_path, folder, opened, frames, told):
    (tmp_path / "people").mkdir()
    with pytest.raises(DataError, match=f"{told}.*Cure: "):
        opened(folder(**frames) if frames else tmp_path / "people")


def test_a_folder_of_other_files_says_what_is_in_it(tmp_path, opened, written):
    written("a.csv", "id\n1\n")
    with pytest.raises(DataError, match=r"no Parquet file .* It has: \.csv\. Cure"):
        opened(tmp_path)


@pytest.mark.parametrize("content", [b"PAR1 torn", b"id,churn\n1,yes\n"])
def test_what_is_no_parquet_is_refused_with_its_name(written, opened, content):
    with pytest.raises(DataError, match=r"a\.parquet: cannot be read: .*Cure: "):
        opened(written("a.parquet", content))
