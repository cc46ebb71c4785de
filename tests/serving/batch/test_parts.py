"""A scoring that is killed goes on where it stopped, and only where nothing has changed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.serving.batch.conftest import customers

from churn_mlops.archive.files import lock_file, read_json, unlock
from churn_mlops.errors import ConfigError, DataError
from churn_mlops.serving.batch import scoring
from churn_mlops.serving.batch.parts import LOCK, parts_folder

REPOSITORY = Path(__file__).parents[3]


def write_parts(folder, files, rows, seed=1):
    folder.mkdir()
    table = customers(files * rows, seed)
    for number in range(files):
        table.iloc[number * rows : (number + 1) * rows].to_parquet(folder / f"{number:03}.parquet")
    return table


def stop_after(monkeypatch, parts):
    """Let a scoring fail when so many parts are begun; returns the pieces that were."""
    score_piece, begun = scoring.score_piece, []

    def scored(job, folder, piece, again):
        begun.append(piece.number)
        if len(begun) > parts:
            raise DataError("the disk is full")
        score_piece(job, folder, piece, again)

    monkeypatch.setattr(scoring, "score_piece", scored)
    return begun


def stopped(score, folder, monkeypatch, parts=3, **asked):
    with monkeypatch.context() as patch:
        stop_after(patch, parts)
        with pytest.raises(DataError, match="the disk is full"):
            score(folder, **asked)


@pytest.mark.slow
def test_what_was_scored_before_it_was_stopped_is_not_scored_again(score, tmp_path, monkeypatch):
    write_parts(tmp_path / "in", 8, 10)
    stopped(score, tmp_path / "in", monkeypatch)
    assert list((tmp_path / "out").glob("[!.]*")) == []
    begun = stop_after(monkeypatch, 100)
    told, scores = score(tmp_path / "in")
    assert (told["parts"], told["parts_resumed"] + len(begun), len(scores)) == (8, 8, 80)
    assert told["parts_resumed"] > 0
    assert not parts_folder(tmp_path / "out" / "scores.parquet").exists()


def change_data(folder, asked):
    customers(10, seed=9).to_parquet(folder / "000.parquet")


def ask_for_reasons(folder, asked):
    asked["reasons"] = True


def ask_for_top(folder, asked):
    asked["top"] = 5


@pytest.mark.slow
@pytest.mark.parametrize("change", [change_data, ask_for_reasons, ask_for_top])
def test_parts_that_were_made_of_other_data_or_with_other_options_are_made_anew(score, tmp_path, monkeypatch, change):
    write_parts(tmp_path / "in", 4, 10)
    asked = {}
    stopped(score, tmp_path / "in", monkeypatch)
    change(tmp_path / "in", asked)
    told, _ = score(tmp_path / "in", **asked)
    assert told["parts_resumed"] == 0


def test_a_part_that_a_worker_makes_late_for_another_call_is_not_taken(score, tmp_path, monkeypatch):
    write_parts(tmp_path / "in", 3, 10)
    calls = []
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "run_all", lambda function, given, shared: calls.append((function, given, shared)))
        with pytest.raises(DataError, match="3 of 3 parts were scored and are not there"):
            score(tmp_path / "in", top=1)  # as if the process had been killed while workers go on
    run_all = scoring.run_all

    def late(function, given, shared):
        (score_piece, before, job), *_ = calls
        for call in before:
            Path(call[0]).mkdir(exist_ok=True)
            score_piece(*job, *call)
        return run_all(function, given, shared)

    monkeypatch.setattr(scoring, "run_all", late)
    told, scores = score(tmp_path / "in")
    assert (told["rows_written"], len(scores)) == (30, 30)


def test_bad_rows_of_parts_that_are_found_again_are_counted_once(score, tmp_path, monkeypatch):
    table = write_parts(tmp_path / "in", 4, 10)
    table.iloc[:10].assign(id=pd.Series([None] * 10, dtype="str")).to_parquet(tmp_path / "in" / "000.parquet")
    table.iloc[[12] * 10].to_parquet(tmp_path / "in" / "003.parquet", index=False)
    stopped(score, tmp_path / "in", monkeypatch, parts=2)
    told, scores = score(tmp_path / "in")
    assert (len(scores), told["rows_quarantined"]) == (20, 20)
    assert told["reasons"] == {"id is missing": 10, "the same as an earlier row of 001.parquet": 10}


def test_two_cannot_write_the_same_output_at_once(score, tmp_path):
    write_parts(tmp_path / "in", 1, 10)
    folder = parts_folder(tmp_path / "out" / "scores.parquet")
    folder.mkdir(parents=True)
    lock = lock_file(folder / LOCK)
    with pytest.raises(ConfigError, match="another scoring is writing it just now"):
        score(tmp_path / "in")
    unlock(lock)
    score(tmp_path / "in")


def command(published, folder, output):
    runs, _ = published
    return [sys.executable, "pipeline.py", "score", str(folder), "-o", str(output), "--runs", str(runs), "--json"]


@pytest.mark.nightly
def test_a_killed_command_goes_on_and_gives_what_one_that_was_not_killed_gives(score, published, tmp_path):
    files = 40
    write_parts(tmp_path / "in", files, 1000)
    output = tmp_path / "scores.parquet"
    process = subprocess.Popen(command(published, tmp_path / "in", output), cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    while process.poll() is None and len(list(parts_folder(output).glob("*/*.scores.parquet"))) < 3:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not output.exists()
    done = len(list(parts_folder(output).glob("*/[!.]*.scores.parquet")))
    assert 3 <= done < files
    again = subprocess.run(command(published, tmp_path / "in", output), cwd=REPOSITORY, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert f'"parts_resumed": {done}' in again.stdout
    whole, _ = score(tmp_path / "in")
    assert same_rows(output, whole["output"])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def same_rows(one, other):
    import pyarrow.parquet as pq

    return pq.read_table(one).equals(pq.read_table(other))


@pytest.mark.slow
def test_a_cluster_gives_the_same_rows_to_the_bit(score, tmp_path, cluster, monkeypatch):
    table = write_parts(tmp_path / "in", 6, 500)
    table.iloc[:500].assign(plan="new").to_parquet(tmp_path / "in" / "002.parquet")
    here, _ = score(tmp_path / "in", "here.parquet", reasons=True)
    monkeypatch.setenv("CHURN_SCHEDULER", cluster.address)
    there, scores = score(tmp_path / "in", "there.parquet", reasons=True, elsewhere=True)
    assert same_rows(here["output"], there["output"])
    assert same_rows(here["quarantine"], there["quarantine"])
    facts = ("rows_scored", "rows_quarantined", "unseen", "expected_profit", "reasons", "parts")
    assert {name: here[name] for name in facts} == {name: there[name] for name in facts}
    assert np.isfinite(scores["probability"]).all()


@pytest.mark.slow
def test_what_workers_cannot_reach_is_told(score, tmp_path, cluster, monkeypatch):
    write_parts(tmp_path / "in", 2, 10)
    customers(9).to_csv(tmp_path / "people.csv", index=False)
    monkeypatch.setenv("CHURN_SCHEDULER", cluster.address)
    with pytest.raises(ConfigError, match=r"--scheduler: people.csv is no Parquet. Cure: a Parquet file or a folder"):
        score(tmp_path / "people.csv", elsewhere=True)
    moved = scoring.score_piece

    def elsewhere(job, folder, piece, again):
        moved(job, "/nowhere", piece, again)

    monkeypatch.setattr(scoring, "score_piece", elsewhere)
    with pytest.raises(DataError, match=r"/nowhere: not there.*storage that every worker has under the same path"):
        score(tmp_path / "in", elsewhere=True)


def test_the_key_names_model_data_and_options(score, scorer, tmp_path, monkeypatch):
    write_parts(tmp_path / "in", 2, 10)
    stopped(score, tmp_path / "in", monkeypatch, parts=1, top=3)
    (path,) = parts_folder(tmp_path / "out" / "scores.parquet").glob("*/key.json")
    key = read_json(path)
    assert (key["version"], key["model"], key["top"]) == (scorer.version, scorer.predictor.digest, 3)
    assert key["rows"] == [["000.parquet", 10], ["001.parquet", 10]]
