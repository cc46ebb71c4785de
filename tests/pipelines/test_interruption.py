"""Ctrl-C and SIGTERM end a run within ten seconds, whatever it is at; the first archives it, the second gives it up."""

import os
import signal
import time

import psutil
import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.files import read_json
from churn_mlops.pipelines.stage import Stage

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")]

BEGIN = "import subprocess, time\nfrom pathlib import Path\nchild = subprocess.Popen(['sleep', '600'])"
STARTED = "Path(run_dir, 'started').touch()\n"
SLEEPING = STARTED + "time.sleep(600)"
STUBBORN = (
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    + STARTED
    + "while True:\n    try:\n        time.sleep(600)\n    except BaseException:\n        pass"
)
BUSY = "import re\n" + STARTED + "re.match('(a+)+b', 'a' * 60)"  # never comes back from C
FIRST, SECOND = Stage("01_first", writes=("a",)), Stage("02_second", writes=("b",))
DONE = "written = Path(run_dir, 'a').write_text('1')"
MEET = "while not Path(run_dir, 'two').exists():\n    time.sleep(0.01)\n"
MANY = "for n in range(20_000):\n    print(n)"


def one(cell):
    return {FIRST: (BEGIN, cell)}


# What the run is at -> its notebooks, and the file under .building/VERSION/ that tells that it is there.
AT = {
    "start": (one("time.sleep(600)"), "artifacts"),
    "sleeping": (one(SLEEPING), "artifacts/started"),
    "stubborn": (one(STUBBORN), "artifacts/started"),
    "busy": (one(BUSY), "artifacts/started"),
    "two": (
        {FIRST: (BEGIN, MEET + SLEEPING), SECOND: (BEGIN, "Path(run_dir, 'two').touch()\ntime.sleep(600)")},
        "artifacts/started",
    ),
    "drawing": ({FIRST: (BEGIN, MANY, DONE)}, "notebooks/01_first.ipynb"),
}
SIGNALS = {"once": [signal.SIGINT], "twice": [signal.SIGINT] * 2, "terminated": [signal.SIGTERM]}
EVERY_TIME = [
    *(("start", "once"), ("sleeping", "terminated"), ("stubborn", "once"), ("busy", "twice"), ("two", "once")),
    ("drawing", "once"),
]
CASES = [
    pytest.param(*case, id="-".join(case), marks=() if case in EVERY_TIME else pytest.mark.nightly)
    for case in ((at, how) for at in AT for how in SIGNALS)
]


def wait_for(seen, seconds=60):
    end = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


def interrupt(process, how) -> list[psutil.Process]:
    """Send the signals; gives all processes that the run had then."""
    family = psutil.Process(process.pid).children(recursive=True)
    for number in SIGNALS[how]:
        process.send_signal(number)
        time.sleep(0.05)
    return family


def nothing_left(project, family, temporary) -> None:
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert list(temporary.glob("churn-*")) == []
    versions.clear_leftovers(project.runs)  # as the next run does
    assert [path for path in (project.runs / ".building").iterdir() if path.is_dir()] == []


@pytest.fixture
def started(make_project, tmp_path):
    """Starts a run of some notebooks and waits until a file of its version is there."""
    (tmp_path / "t").mkdir()

    def start(notebooks, name):
        project = make_project(tmp_path / "shop", notebooks)
        process = project.start(env=os.environ | {"TMPDIR": str(tmp_path / "t")})
        wait_for(lambda: list(project.runs.glob(f".building/[0-9]*/{name}")))
        return project, process, tmp_path / "t"

    return start


@pytest.mark.parametrize(("at", "how"), CASES)
def test_a_run_that_is_stopped_ends_soon_with_its_own_exit_code_and_leaves_nothing(started, at, how):
    if at == "two" and (os.cpu_count() or 1) < 2:
        pytest.skip("nothing runs side by side on one core")
    project, process, temporary = started(*AT[at])
    family = interrupt(process, how)
    _, told = process.communicate(timeout=10)
    assert "Traceback" not in told
    nothing_left(project, family, temporary)
    known = versions.versions(project.runs)
    if at == "drawing":  # all that it was to do is done: the first signal lets it finish
        assert (process.returncode, len(known)) in {(0, 1), (130, 0), (130, 1)}
        return
    assert process.returncode == {"once": 130, "twice": 130, "terminated": 143}[how]
    if at == "start" and not known:  # nothing had begun that could be archived
        return
    if how == "twice" and not known:  # else the run was archived before the second came
        return
    manifest = read_json(project.runs / known[0] / "manifest.json")
    assert (manifest["status"], manifest["error"]["exit_code"]) == ("failed", process.returncode)
    assert manifest["error"]["kind"] == {"once": "Interrupted", "terminated": "Terminated"}[how]
    assert manifest["verdict"].startswith("Interrupted in 01_first")
    if at != "start":
        assert manifest["error"]["cell"] == 4
        assert "cell 4 of 4" in told
        page = (project.runs / known[0] / "pages" / "01_first.html").read_text()
        assert {"once": "Ctrl-C", "terminated": "SIGTERM"}[how] in page
        assert "run_dir" in page


def test_a_run_that_is_interrupted_between_two_stages_has_not_succeeded(make_project, tmp_path, monkeypatch):
    """The signal comes when the first stage has ended and the second has not begun."""
    from churn_mlops.pipelines.interruption import _STOPS
    from churn_mlops.pipelines.schedule import Schedule

    second = Stage("02_second", reads=("a",), writes=("b",))
    project = make_project(tmp_path / "shop", {FIRST: (BEGIN, DONE), second: (BEGIN,)})
    end = Schedule._end

    def end_and_stop(schedule, *told):
        end(schedule, *told)
        schedule.stop(_STOPS[signal.SIGINT])

    monkeypatch.setattr(Schedule, "_end", end_and_stop)
    result = project.run()
    assert (result.exit_code, result.manifest["status"]) == (130, "failed")
    assert [stage["status"] for stage in result.manifest["stages"]] == ["succeeded", "failed"]
    assert result.manifest["error"]["stage"] == "02_second"
