"""`score` on the command line: what it prints, and how it refuses."""

import json

import pandas as pd
import pytest
from tests.serving.batch.conftest import customers, published, scorer

__all__ = ["published", "scorer"]


@pytest.fixture
def score(call, published, tmp_path):
    """`score` with the archive whose champion is the small trained model."""

    def score(*arguments):
        return call("score", *map(str, arguments), "--runs", str(published[0]))

    return score


@pytest.mark.slow
def test_it_tells_what_was_scored_by_whom_and_where_it_stands(score, published, tmp_path):
    customers().to_csv(tmp_path / "people.csv", index=False)
    code, out, err = score(tmp_path / "people.csv", "-o", tmp_path / "scores.parquet")
    assert (code, err) == (0, "")
    assert f"400 of 400 rows of people.csv scored by {published[1]} (boosted); " in out
    assert f"Scores      {tmp_path / 'scores.parquet'}, 400 rows" in out
    assert len(pd.read_parquet(tmp_path / "scores.parquet")) == 400


def test_bad_rows_and_new_categories_are_told(score, tmp_path):
    table = customers(10)
    table.loc[3, "plan"], table.loc[5, "id"] = "platinum", None
    table.to_csv(tmp_path / "people.csv", index=False)
    code, out, _ = score(tmp_path / "people.csv", "-o", tmp_path / "scores.csv")
    assert code == 0
    assert "9 of 10 rows of people.csv scored" in out
    assert "1 row could not be scored:\n  1 id is missing" in out
    assert f"Quarantine  {tmp_path / 'scores.quarantine.parquet'}" in out
    assert "outside what training saw, scored all the same: 1 unknown value of `plan`" in out


def test_as_json_for_machines(score, published, scorer, tmp_path):
    customers().to_parquet(tmp_path / "people.parquet")
    code, out, _ = score(tmp_path / "people.parquet", "-o", tmp_path / "s.csv", "--top", 5, "--reasons", "--json")
    told = json.loads(out)
    assert (code, told["rows_written"], told["model"]["digest"]) == (0, 5, scorer.predictor.digest)
    assert list(pd.read_csv(tmp_path / "s.csv").columns[-3:]) == ["contribution_1", "contribution_2", "contribution_3"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["-o", "s.parquet", "--version", "2020"], 2, "version `2020`: no such version"),
        (["-o", "s.parquet", "--version", "champion:shop"], 2, "no champion of `shop`"),
        (["-o", "s.parquet", "--top", "0"], 2, "0 is not in the range x>=1"),
        (["-o", "s.parquet", "--scheduler", "here"], 2, "not the address of a Dask scheduler"),
        (["-o", "s.txt"], 2, "expected a name that ends in .parquet or .csv"),
        ([], 2, "Missing option '-o'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_cure(score, tmp_path, monkeypatch, arguments, code, told):
    monkeypatch.chdir(tmp_path)
    customers(3).to_parquet("people.parquet")
    seen, out, err = score("people.parquet", *arguments)
    assert (seen, out) == (code, "")
    assert told in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.parquet"]


def test_without_a_champion_it_says_how_to_get_one(call, tmp_path):
    code, _, err = call("score", "people.parquet", "-o", "scores.parquet")
    assert code == 2
    assert "is empty. Cure: python pipeline.py" in err
