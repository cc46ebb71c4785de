"""What a stage may take: memory, time, tries; and stages side by side only where none reads what the other writes."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from churn_mlops.pipelines import schedule
from churn_mlops.pipelines.limits import held_mb
from churn_mlops.pipelines.stage import Stage

A, B, C = Stage("01_a", writes=("a",)), Stage("02_b", writes=("b",)), Stage("03_c", reads=("a", "b"), writes=("c",))
BEGIN = "import os, subprocess, sys, time\nfrom pathlib import Path\nout = Path(run_dir)"
WRITE = "written = (out / '{}').write_text('1')"
ALLOCATE = "taken = [bytearray(50_000_000) for _ in range(60)]"
IN_A_CHILD = "subprocess.run([sys.executable, '-c', 'import time; taken = bytearray(900_000_000); time.sleep(600)'])"
HANG = "import signal\nos.kill(os.getpid(), signal.SIGSTOP)"
CRASH_ONCE = "if not (out / 'tried').exists():\n    (out / 'tried').touch()\n    os._exit(3)"
FAIL_ONCE = "if not (out / 'tried').exists():\n    (out / 'tried').touch()\n    raise ValueError('at first')"


@pytest.fixture
def run(make_project, tmp_path):
    """Runs a project of one stage of these cells, with these lines in its config; gives result and project."""

    def run_one(*cells, more="", **asked):
        project = make_project(tmp_path / "shop", {A: (BEGIN, *cells, WRITE.format("a"))}, more)
        before = set(psutil.Process().children(recursive=True))
        result = project.run(**asked)
        left = set(psutil.Process().children(recursive=True)) - before
        assert psutil.wait_procs(left, timeout=5)[1] == []
        return result

    return run_one


def error(result) -> tuple:
    found = result.manifest["error"]
    return found and (found["kind"], found["exit_code"], found["cell"])


NIGHTLY = ("the time in the config", "a crash, without", "an error each time")


def cases(table):
    return [pytest.param(*v, id=k, marks=pytest.mark.nightly if k in NIGHTLY else ()) for k, v in table.items()]


MEMORY, SECONDS = "[limits]\nmemory_mb = 700\n", "[limits]\nseconds = 600\n[limits.a]\nseconds = 2\n"
EXCEEDING = {
    "its own memory": (ALLOCATE, MEMORY, {}, "OutOfMemory", 8, ["700 MB", "`memory_mb` in [limits]"]),
    "memory of what it started": (IN_A_CHILD, MEMORY, {}, "OutOfMemory", 8, ["700 MB"]),
    "the time in the config": ("time.sleep(600)", SECONDS, {}, "Timeout", 6, ["2 s", "`seconds` in [limits]"]),
    "the time on the command line": ("time.sleep(600)", "", {"timeout_s": 2}, "Timeout", 6, ["2 s", "--timeout"]),
    "time, by a kernel that hangs": (HANG, "", {"timeout_s": 2}, "Timeout", 6, ["2 s"]),
}


@pytest.mark.kernel
@pytest.mark.parametrize(("cell", "more", "asked", "kind", "code", "told"), cases(EXCEEDING))
def test_a_stage_that_takes_more_than_it_may_is_ended(run, cell, more, asked, kind, code, told):
    result = run(cell, more=more, **asked)
    assert error(result) == (kind, code, 4)
    for part in ("01_a", "Cure: ", *told):
        assert part in result.manifest["error"]["message"]


# cells, config -> the error, the tries
RETRIES = {
    "a crash, with a try left": (CRASH_ONCE, "retries = 1", None, 2),
    "a crash, without": (CRASH_ONCE, "", ("KernelDied", 5, 4), 1),
    "an error that is not named": (FAIL_ONCE, "retries = 3", ("ValueError", 1, 4), 1),
    "an error that is named": (FAIL_ONCE, 'retries = 1\nretry_on = ["ValueError"]', None, 2),
    "an error each time": ("raise ValueError", 'retries = 2\nretry_on = ["ValueError"]', ("ValueError", 1, 4), 3),
}


@pytest.mark.kernel
@pytest.mark.parametrize(("cell", "more", "expected", "tries"), cases(RETRIES))
def test_a_stage_is_tried_again_after_causes_that_are_named_and_no_other(run, cell, more, expected, tries):
    result = run(cell, more=f"[limits]\n{more}\n")
    assert error(result) == expected
    assert result.manifest["stages"][0]["tries"] == tries


def test_memory_is_counted_over_all_that_a_process_has_started():
    taker = "taken = bytearray(b'1' * 100_000_000); print(flush=True); input()"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {taker!r}])"
    with subprocess.Popen([sys.executable, "-c", nested], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert 100 < held_mb(process.pid) < 200
        assert held_mb(process.pid) < held_mb(os.getpid())
        process.stdin.close()
    assert held_mb(process.pid) == 0


MEET = """
meeting = Path(run_dir).resolve().parents[4]  # outside of the project, where nothing has to be declared
(meeting / 'here_{0}').touch()
end = time.monotonic() + 30
while not (meeting / 'here_{1}').exists() and time.monotonic() < end:
    time.sleep(0.01)
assert (meeting / 'here_{1}').exists(), 'not side by side'
"""
ALONE = "assert (out / 'a').read_text() + (out / 'b').read_text() == '11'"


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(schedule.os, "cpu_count", lambda: 2)


@pytest.mark.kernel
def test_stages_run_side_by_side_and_one_that_reads_what_they_write_after_both(make_project, tmp_path, two_cores):
    cells = {
        A: (BEGIN, MEET.format("a", "b"), WRITE.format("a")),
        B: (BEGIN, MEET.format("b", "a"), WRITE.format("b")),
        C: (BEGIN, ALONE, WRITE.format("c")),
    }
    result = make_project(tmp_path / "shop", cells).run()
    assert error(result) is None
    assert [stage["status"] for stage in result.manifest["stages"]] == ["succeeded"] * 3


@pytest.mark.kernel
def test_when_one_of_two_fails_the_other_finishes_and_is_kept(make_project, tmp_path, two_cores):
    failing = "raise ValueError('once')"
    cells = {
        A: (BEGIN, MEET.format("a", "b"), failing, WRITE.format("a")),
        B: (BEGIN, MEET.format("b", "a"), "time.sleep(0.5)", WRITE.format("b")),
        C: (BEGIN, ALONE, WRITE.format("c")),
    }
    project = make_project(tmp_path / "shop", cells)
    result = project.run()
    assert error(result)[:2] == ("ValueError", 1)
    assert [stage["status"] for stage in result.manifest["stages"]] == ["failed", "succeeded", "not run"]
    repaired = project.root / "notebooks" / "01_a.ipynb"
    notebook = json.loads(repaired.read_text())
    notebook["cells"] = [c for c in notebook["cells"] if "here_" not in "".join(c["source"])]
    notebook["cells"] = [c for c in notebook["cells"] if failing not in "".join(c["source"])]
    repaired.write_text(json.dumps(notebook))
    again = project.run(force=False)
    assert error(again) is None
    assert [stage["status"] for stage in again.manifest["stages"]] == ["succeeded", "reused", "succeeded"]
