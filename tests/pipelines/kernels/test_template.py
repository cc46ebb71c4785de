"""The template answers, refuses or dies, and the stage has its kernel; with the runner all that it started is gone."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from churn_mlops.pipelines.kernels import forked
from churn_mlops.pipelines.kernels.forked import CannotFork, Closed, Template
from churn_mlops.pipelines.stage import Stage

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not forked.can_fork(), reason="no fork, pidfd or lists of children here"),
]

# A kernel that starts a child, one in a session of its own, and an orphan of a session of its own, and tells of them.
BREED = """
import os, subprocess, sys, time
from pathlib import Path
double = "import os, time; os.setsid(); pid = os.fork(); pid and (print(pid, flush=True), os._exit(0))"
double += "; os.close(1); time.sleep(600)"
orphan = subprocess.run([sys.executable, "-c", double], stdout=subprocess.PIPE, text=True).stdout.strip()
child = subprocess.Popen(["sleep", "600"])
session = subprocess.Popen(["sh", "-c", "sleep 600 & sleep 600"], start_new_session=True)
Path(run_dir, "pids.part").write_text(f"{os.getpid()} {orphan} {child.pid} {session.pid}")
Path(run_dir, "pids.part").rename(Path(run_dir, "pids"))
"""
STAGE, AFTER = Stage("01_breed", writes=("pids",)), Stage("02_after", reads=("pids",), writes=("done",))
DONE = "from pathlib import Path\nwritten = Path(run_dir, 'done').write_text('1')"


def wait_for(seen, seconds=60):
    """What `seen()` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def bred(project) -> list[psutil.Process]:
    """The processes that a running stage of these cells has told of."""
    (path,) = wait_for(lambda: list(project.runs.glob(".building/*/artifacts/pids")))
    return [psutil.Process(int(pid)) for pid in path.read_text().split()]


def gone(processes) -> bool:
    """Whether all have ended within the five seconds that they may take."""
    return psutil.wait_procs(processes, timeout=5)[1] == []


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def template():
    made = Template()
    yield made
    made.close()


def fork(template, code="import time; time.sleep(600)", **more):
    """A process forked from the template which runs Python code as IPython would at its start, without a notebook."""
    arguments = ["--IPKernelApp.connection_file=k.json", f"--IPKernelApp.exec_lines={code}"]
    return template.fork(arguments, template.folder, dict(os.environ) | more)


def test_a_template_forks_one_kernel_after_another_and_leaves_nothing():
    before, threads = open_files(), threading.active_count()
    template = Template()
    order = template.load("import json\nimport nothing_of_this_name\nraise SystemExit\nimport wave")
    kernels = [fork(order) for _ in range(3)]
    processes = [psutil.Process(kernel.pid) for kernel in kernels]
    assert [kernel.poll() for kernel in kernels] == [None] * 3
    kernels[0].kill()
    assert kernels[0].wait() == 1
    kernels[0].kill()  # once more does no harm
    wait_for(lambda: not psutil.pid_exists(kernels[0].pid))  # no zombie is left
    template.close()
    assert [kernel.wait() for kernel in kernels] == [1] * 3
    assert gone(processes)
    assert not Path(template.folder).exists()
    assert (open_files(), threading.active_count()) == (before, threads)


START_THREAD = "import threading, time; threading.Thread(target=time.sleep, args=(9,)).start()"
REFUSALS = {
    "an import that starts a thread": (START_THREAD, {}, "started 1 thread"),
    "an environment too large for a message": ("", {f"LARGE_{n}": "x" * 100_000 for n in range(20)}, "too long"),
}


@pytest.mark.parametrize(("load", "more", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_forked_is_refused_with_a_reason(template, load, more, reason):
    order = template.load(load)
    with pytest.raises(CannotFork, match=reason):
        fork(order, **more)


def test_a_template_that_has_died_refuses_and_takes_its_kernels_with_it(template):
    kernel = fork(template)
    (process,) = psutil.Process(template.process.pid).children()
    process.kill()
    assert kernel.wait() == 1
    template.load("import json")  # raises nothing
    with pytest.raises(CannotFork):
        fork(template)


@pytest.mark.parametrize(("end", "expected"), [("died", CannotFork), ("closed", Closed)])
def test_whoever_waits_for_a_kernel_is_woken_when_the_template_has(template, end, expected):
    order = template.load("import time; time.sleep(600)")
    raised = []

    def ask():
        try:
            fork(order)
        except Exception as error:
            raised.append(type(error))

    asking = threading.Thread(target=ask)
    asking.start()
    wait_for(template.turn.locked)
    template.process.stdin.close() if end == "died" else template.close()
    asking.join(10)
    assert raised == [expected]


def test_imports_that_never_end_do_not_hold_up_a_stage_for_ever(template, monkeypatch):
    monkeypatch.setattr(forked, "PATIENCE_S", 0.2)
    order = template.load("import time; time.sleep(600)")
    for _ in range(2):  # and the answer of the first is not taken for that of the second
        with pytest.raises(CannotFork):
            fork(order)


@pytest.mark.parametrize("kind", ["forked", "ordinary"])
def test_nothing_outlives_a_runner_that_was_killed(kind, make_project, tmp_path):
    project = make_project(tmp_path / "shop", {STAGE: (BREED, "time.sleep(600)"), AFTER: (DONE,)})
    (tmp_path / "t").mkdir()
    environment = os.environ | {"CHURN_KERNELS": "" if kind == "forked" else kind, "TMPDIR": str(tmp_path / "t")}
    process = project.start(env=environment)
    family = bred(project) + psutil.Process(process.pid).children(recursive=True)
    assert len(set(family)) > 7
    process.kill()
    process.communicate(timeout=10)
    assert gone(family)
    wait_for(lambda: not list((tmp_path / "t").glob("churn-*")), 5)


def test_a_kernel_that_dies_takes_what_it_started_with_it(make_project, tmp_path):
    crash = "os.kill(os.getpid(), 9)"
    project = make_project(tmp_path / "shop", {STAGE: (BREED, "time.sleep(0.5)", crash), AFTER: (DONE,)})
    process = project.start("--config", "configs/shop.toml", "--json")
    family = bred(project)
    process.communicate(timeout=60)
    assert process.returncode == 5
    assert gone(family)


def test_a_run_whose_template_was_killed_goes_on_with_ordinary_kernels(make_project, tmp_path):
    wait = "import time\nfrom pathlib import Path\nwhile not Path(run_dir, '../../go').exists(): time.sleep(0.02)"
    project = make_project(
        tmp_path / "shop",
        {STAGE: (BREED, wait), AFTER: (DONE,)},
        "[limits.breed]\nretries = 1\n",
    )
    process = project.start()
    family = bred(project)
    (guardian,) = psutil.Process(process.pid).children()
    (template,) = guardian.children()
    template.kill()
    assert gone(family)
    wait_for(lambda: list(project.runs.glob(".building/[0-9]*/")))[0].parent.joinpath("go").touch()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert "01_breed is tried again after KernelDied" in told


THREAD = "import starts_a_thread"


def test_a_module_that_starts_a_thread_costs_speed_and_nothing_else(make_project, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "starts_a_thread.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    show = "import os\nfrom pathlib import Path\nwritten = Path(run_dir, 'done').write_text(str(os.getppid()))\n1 + 1"
    stages = {Stage("01_one", writes=("done",)): (THREAD, show)}
    project = make_project(tmp_path / "shop", stages)
    path = os.pathsep.join([str(tmp_path / "lib"), os.environ.get("PYTHONPATH", "")])
    process = project.start(env=os.environ | {"PYTHONPATH": path})
    told = process.communicate(timeout=60)
    assert process.returncode == 0, told


def test_a_guardian_ends_its_command_with_the_leash_and_itself_with_its_command(tmp_path):
    command = [sys.executable, "-I", "-S", forked.__file__.replace("forked", "guardian"), str(tmp_path / "gone")]
    for end in ("leash", "command"):
        (tmp_path / "gone").mkdir()
        (tmp_path / "gone" / "file").touch()
        guardian = subprocess.Popen([*command, "sleep", "600"], stdin=subprocess.PIPE)
        (child,) = wait_for(lambda g=guardian: psutil.Process(g.pid).children())
        wait_for(lambda c=child: c.name() == "sleep")
        os.kill(guardian.pid, signal.SIGINT)  # is for the command, and nothing to it
        guardian.stdin.close() if end == "leash" else child.kill()
        assert guardian.wait(10) == 0
        assert gone([child])
        assert not (tmp_path / "gone").exists()
