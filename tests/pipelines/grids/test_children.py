"""Runs as processes: what they answer, and that none is left."""

import os

import psutil
import pytest

from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.exits import INTERRUPTED, TERMINATED
from churn_mlops.pipelines.grids import children
from churn_mlops.pipelines.grids.children import Children

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them"),
]
# Stand-ins for pipeline.py.
ANSWERING = "import sys; print('{\"arguments\": \"' + ' '.join(sys.argv[1:]) + '\"}'); sys.exit(3)"
BABBLING = "import sys; print('no JSON'); print('error: lost', file=sys.stderr)"
DEAF = (
    "import signal, sys, time\nfor s in (signal.SIGINT, signal.SIGTERM): signal.signal(s, signal.SIG_IGN)\n"
    "open(sys.argv[-1], 'w').close()\ntime.sleep(60)"
)
COUNTING = """
import signal, sys, time
seen = []
for s in (signal.SIGINT, signal.SIGTERM): signal.signal(s, lambda number, frame: seen.append(number))
open(sys.argv[-1], "w").close()
for _ in range(600):
    time.sleep(0.1)
    if seen:
        time.sleep(0.5)
        print(seen)
        break
"""
FORSAKEN = "import sys, time; open(sys.argv[-1], 'w').close(); sys.stdin.read(); print(1)"


@pytest.fixture
def start(tmp_path):
    """Starts a script as a run, waits until it says that it listens, and ends it whatever happens."""
    running = Children()

    def begin(script, wait=True):
        (tmp_path / "pipeline.py").write_text(script)
        running.start(1, tmp_path / "pipeline.py", [str(tmp_path / "listens")])
        while wait and not (tmp_path / "listens").exists():
            assert running.alive[1].poll() is None
        return running

    yield begin
    running.close()
    assert all(process.poll() is not None for process in running.alive.values())


@pytest.mark.parametrize(
    ("script", "code", "answered", "told"),
    [(ANSWERING, 3, "run --json --end-with-stdin", ""), (BABBLING, 0, None, "error: lost")],
)
def test_what_a_run_answers_is_told_with_its_code(start, script, code, answered, told):
    running = start(script, wait=False)
    ended = running.wait()
    assert (ended.number, ended.exit_code, running.alive) == (1, code, {})
    assert ended.answer is answered or ended.answer["arguments"].startswith(answered)
    assert told in ended.told


@pytest.mark.parametrize(("set_already", "used"), [(None, 3), ("7", 7)])
def test_runs_share_the_threads_unless_somebody_has_decided(tmp_path, monkeypatch, set_already, used):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if set_already:
        monkeypatch.setenv("OMP_NUM_THREADS", set_already)
    (tmp_path / "pipeline.py").write_text("import os; print(os.environ['OMP_NUM_THREADS'])")
    running = Children()
    running.start(1, tmp_path / "pipeline.py", [], threads=3)
    assert running.wait().answer == used
    running.close()


@pytest.mark.parametrize(
    ("why", "seen"), [(Stop("Interrupted", "", INTERRUPTED), "[2]"), (Stop("Terminated", "", TERMINATED), "[15]")]
)
def test_a_signal_is_passed_on_once(start, why, seen):
    running = start(COUNTING)
    running.stop(why)
    running._pass_on()
    assert running.wait() is None
    assert str(running.wait().answer) == seen


def test_a_run_that_is_started_while_all_are_stopped_is_told_too(start, tmp_path):
    running = start("import time; time.sleep(60)", wait=False)
    running.stop(Stop("Terminated", "", TERMINATED))
    running.start(2, tmp_path / "pipeline.py", [])
    found = [running.wait() for _ in range(3)]
    assert sorted(ended.exit_code for ended in found if ended) == [-15, -15]


def test_one_that_does_not_listen_is_killed(start, monkeypatch):
    monkeypatch.setattr(children, "GRACE_S", 0.2)
    running = start(DEAF)
    process = psutil.Process(running.alive[1].pid)
    running.close()
    assert psutil.wait_procs([process], timeout=10)[1] == []
    running.read_end, running.write_end = os.pipe()  # for the fixture, which closes once more


def test_its_input_ends_when_the_one_who_started_it_has_gone(start):
    running = start(FORSAKEN)
    os.close(running.write_end)
    assert running.wait().answer == 1
    running.write_end = os.dup(running.read_end)  # for the fixture, which closes it
