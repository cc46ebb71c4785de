"""The one DuckDB of a process: what it may take, and the folder that goes with the process, however that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from churn_mlops.data import engine

MAKE = (
    "from churn_mlops.data import engine; print(engine.scratch(), flush=True); (engine.scratch() / 'x').write_text('x')"
)


@pytest.fixture
def process(tmp_path):
    """Start a process that makes its scratch folder below this one; gives the process and the folder."""

    def start(then: str):
        environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", f"{MAKE}; {then}"]
        started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        return started, Path(started.stdout.readline().strip())

    return start


def test_a_process_leaves_no_folder(process, tmp_path):
    ended, folder = process("")
    ended.wait()
    assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_has_left_goes_with_the_next_one_and_a_living_one_keeps_its_folder(process, tmp_path):
    living, kept = process("input()")
    killed, left = process("import time; time.sleep(600)")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    (tmp_path / "somebody's").mkdir()
    assert left.exists()
    process("")[0].wait()
    assert {path.name for path in tmp_path.iterdir()} == {kept.name, "somebody's"}
    living.kill()
    living.wait()


def test_a_forked_child_does_not_take_the_folder_with_it(process):
    parent, folder = process(
        "import os, sys; child = os.fork(); child or sys.exit(); os.wait(); print(engine.scratch().exists())"
    )
    assert parent.stdout.read().strip() == "True"
    parent.wait()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("told", "bytes_", "megabytes"),
    [("", 4e9, 2000), ("", 64e9, 3000), ("", 1e8, 256), ("700", 4e9, 700), ("much", 4e9, 2000), ("0", 4e9, 2000)],
)
def test_it_takes_half_of_what_there_is_up_to_a_limit_or_what_is_told(monkeypatch, told, bytes_, megabytes):
    monkeypatch.setenv(engine.MEMORY, told)
    monkeypatch.setattr(engine, "_memory_bytes", lambda: bytes_)
    assert engine.memory_mb() == megabytes


def test_no_extension_is_ever_downloaded():
    (answer,) = engine.run("SELECT current_setting('autoinstall_known_extensions')")
    assert answer == (False,)
    with pytest.raises(Exception, match="sqlite"):
        engine.run("SELECT * FROM sqlite_scan('a.db', 'a')")


def test_times_are_utc_and_a_stored_frame_keeps_rows_order_and_types():
    assert engine.run("SELECT TIMESTAMPTZ '2024-01-01 00:00+02'::VARCHAR") == [("2023-12-31 22:00:00+00",)]
    frame = pd.DataFrame({"x": [3, 1, 2], "word": ["a", None, "b"]})
    assert engine.stored(frame).to_pyarrow().to_pydict() == {"x": [3, 1, 2], "word": ["a", None, "b"]}


@pytest.mark.slow
def test_what_does_not_fit_into_memory_is_spilled(process):
    """A sort of a few hundred megabytes with 256 for all; what it spilled is gone with the process."""
    script = (
        "import os; os.environ['CHURN_MEMORY_MB'] = '256'; "
        "print(engine.run('SELECT count(*) FROM (SELECT hash(range) AS h, range::VARCHAR || repeat(chr(120), 60) AS t "
        "FROM range(4000000) ORDER BY h)'))"
    )
    ended, folder = process(script)
    assert "4000000" in ended.stdout.read()
    ended.wait()
    assert (ended.returncode, folder.exists()) == (0, False)
