"""A kernel starts whatever there is to start it with, dies with a reason, and leaves nothing open."""

import os
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from churn_mlops.pipelines.kernels import kernel as kernels
from churn_mlops.pipelines.stage import Stage

pytestmark = pytest.mark.kernel

ONE = {
    Stage("01_one", writes=("done",)): ("from pathlib import Path\nwritten = Path(run_dir, 'done').write_text('1')",)
}


@pytest.fixture(autouse=True)
def temporary(monkeypatch, tmp_path):
    """A folder of its own for temporary files."""
    (tmp_path / "t").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    return tmp_path / "t"


def held() -> tuple:
    """Open files, threads and processes of this process."""
    files = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    return files, threading.active_count(), len(psutil.Process().children(recursive=True))


@pytest.mark.parametrize("way", ["forked", pytest.param("ordinary", marks=pytest.mark.nightly), "plain"])
def test_runs_in_one_process_leave_no_file_thread_or_process_open(make_project, tmp_path, temporary, monkeypatch, way):
    """Plain is what systems have that are not Linux."""
    monkeypatch.setenv("CHURN_KERNELS", "" if way == "forked" else "ordinary")
    if way == "plain":
        monkeypatch.setattr(kernels, "can_fork", lambda: False)
    project = make_project(tmp_path / "shop", ONE)
    assert project.run().exit_code == 0  # the first loads modules, which open what they like
    before = held()
    assert project.run(force=True).exit_code == 0
    end = time.monotonic() + 5
    while (held() != before or list(temporary.iterdir())) and time.monotonic() < end:
        time.sleep(0.02)  # the template ends while the run goes on
    assert held() == before
    assert list(temporary.iterdir()) == []


def test_a_kernel_that_dies_before_it_is_ready_fails_its_stage_as_one_that_died(make_project, tmp_path, monkeypatch):
    monkeypatch.setenv("CHURN_KERNELS", "ordinary")
    monkeypatch.setenv("PYTHONHASHSEED", "not a number")  # Python ends at once
    result = make_project(tmp_path / "shop", ONE, "[limits]\nretries = 1\n").run()
    assert result.exit_code == 5
    assert (result.manifest["error"]["kind"], result.manifest["stages"][0]["tries"]) == ("KernelDied", 2)
    assert "before it was ready" in result.manifest["error"]["message"]


def test_a_kernel_that_died_while_it_waited_is_replaced(make_project, tmp_path, monkeypatch):
    """The second stage's kernel is killed before it runs a cell."""
    from churn_mlops.pipelines.schedule import Schedule

    second = Stage("02_two", reads=("done",))
    project = make_project(tmp_path / "shop", ONE | {second: ("1",)})
    go = Schedule._go

    def kill_and_go(schedule, run, *more):
        worker = schedule.workers.get(run.stage)
        if run.stage == second:
            while not worker.kernel:
                worker.join(0.01)
            process = psutil.Process(worker.kernel.pid)
            kernels.kill(worker.kernel)
            process.wait(5)
        go(schedule, run, *more)

    monkeypatch.setattr(Schedule, "_go", kill_and_go)
    assert project.run().exit_code == 0


def test_a_kernel_starts_in_its_notebooks_folder_with_what_its_environment_says(tmp_path, notebook):
    path = notebook(tmp_path / "notebooks" / "01_x.ipynb", "x: int = 1")
    kernel = kernels.start(path, environment={"CHURN_STAGE": "01_x"})
    try:
        below = [psutil.Process(kernel.pid), *psutil.Process(kernel.pid).children()]
        assert kernel.alive
        assert below[-1].cwd() == os.fspath(path.parent)
        assert below[-1].environ()["CHURN_STAGE"] == "01_x"
    finally:
        kernels.stop(kernel)
    assert not kernel.alive
    kernels.kill(kernel)  # does no harm
    assert psutil.wait_procs(below, timeout=5)[1] == []
