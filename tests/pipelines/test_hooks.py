"""Hooks are told what a run came to, and whatever they do, the run stays as it is."""

import json
import sys
import time
from pathlib import Path

import psutil
import pytest

from churn_mlops.config import Hooks
from churn_mlops.pipelines.hooks import run_hooks
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.runner import Result
from churn_mlops.registry.ledger import open_ledger

pytestmark = pytest.mark.slow

SAVE = "import os, sys; open('told.json', 'w').write(sys.stdin.read()); print('saved in', os.getcwd())"
ALERT = {"name": "drift", "severity": "high", "message": "moved", "cause": "?", "cure": "look"}


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@pytest.fixture
def ended(tmp_path):
    """A project, and a result as a run leaves it; with `error` a failed one, with `alerts` an alarming one."""
    project = Project(tmp_path, tmp_path / "runs")

    def result(exit_code=0, alerts=None):
        error = {"stage": "03_train", "message": "no luck", "exit_code": exit_code} if exit_code else None
        manifest = {"version": "7", "dataset": "shop", "status": "failed" if error else "succeeded", "verdict": "So"}
        manifest |= {"error": error, "alerts": alerts, "promotion": {"promoted": True}}
        return Result("7", project.runs / "7", manifest, {"roc_auc": 0.9, "profit": None})

    return project, result


def test_a_hook_gets_the_facts_of_its_run_as_json(ended, capfd):
    project, result = ended
    assert run_hooks(Hooks(on_success=python(SAVE)), project, result()) == []
    assert json.loads((project.root / "told.json").read_text()) == {
        "event": "success",
        "version": "7",
        "dataset": "shop",
        "status": "succeeded",
        "verdict": "So",
        "error": None,
        "alerts": None,
        "promotion": {"promoted": True},
        "metrics": {"roc_auc": 0.9, "profit": None},
        "folder": str(project.runs / "7"),
        "page": str(project.runs / "7" / "index.html"),
    }
    out, told = capfd.readouterr()
    assert (out, told) == ("", f"[on_success] saved in {project.root.resolve()}\n")


@pytest.mark.parametrize(
    ("exit_code", "alerts", "called"),
    [
        (0, None, ["success"]),
        (0, [], ["success"]),
        (0, [ALERT], ["success"]),  # found, and not often enough to open
        (0, [ALERT], ["success", "alert"]),
        (1, None, ["failure"]),
        (130, None, ["failure"]),
        (4, [ALERT], ["failure", "alert"]),
    ],
)
def test_each_result_calls_its_own_hooks(ended, exit_code, alerts, called):
    project, result = ended
    put_on_record(project, {**ALERT, "version": "7"})  # a finding
    if "alert" in called:
        put_on_record(project, {**ALERT, "version": "7", "state": "open", "alert": "a1b2c3"})
    note = python("import json, sys; open('called', 'a').write(json.load(sys.stdin)['event'] + ' ')")
    assert run_hooks(Hooks(note, note, note), project, result(exit_code, alerts)) == []
    assert (project.root / "called").read_text().split() == called


def put_on_record(project, facts):
    with open_ledger(project.runs, "shop") as ledger:
        ledger.add([("alert", facts)], "Ann <ann@shop.example>")


def test_the_hook_of_alerts_is_told_of_those_that_this_run_has_opened(ended):
    project, result = ended
    change = {**ALERT, "alert": "a1b2c3"}
    for version, state in (("6", "open"), ("7", "resolved"), ("7", "acknowledged"), ("7", "open")):
        put_on_record(project, {**change, "version": version, "state": state})
    assert run_hooks(Hooks(on_alert=python(SAVE)), project, result(0, [ALERT, ALERT])) == []
    told = json.loads((project.root / "told.json").read_text())
    assert (told["event"], told["alerts"]) == ("alert", [{**change, "version": "7", "state": "open"}])


def test_without_hooks_nothing_is_run(ended):
    project, result = ended
    assert run_hooks(Hooks(), project, result(1, [ALERT])) == []


@pytest.mark.parametrize(
    ("command", "seconds", "told"),
    [
        (python("print('half'); raise SystemExit(3)"), 30, "exit code 3"),
        (("no-such-program", "x"), 30, "cannot be started: No such file or directory"),
        (("a\0b",), 30, "cannot be started: embedded null byte"),
        (python("import time; time.sleep(60)"), 1, "not done within 1 s and ended"),
    ],
)
def test_a_hook_that_does_not_do_well_is_a_warning(ended, command, seconds, told):
    project, result = ended
    (warning,) = run_hooks(Hooks(on_success=command), project, result(), seconds)
    assert warning == f"hook on_success (`{command[0]}`): {told}. The run stays as it is."


def test_no_shell_reads_the_command(ended, capfd):
    project, result = ended
    run_hooks(Hooks(on_success=(*python("import sys; print(sys.argv[1])"), "$HOME; `ls`")), project, result())
    assert "[on_success] $HOME; `ls`" in capfd.readouterr().err


def test_what_a_hook_leaves_behind_is_not_waited_for_and_one_out_of_time_is_ended_with_all_its_own(ended):
    project, result = ended
    leave = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    note = "from pathlib import Path; Path('pid').write_text(str(p.pid))\n"
    assert run_hooks(Hooks(on_success=python(leave + note)), project, result()) == []
    left = psutil.Process(int((project.root / "pid").read_text()))
    assert left.is_running()
    left.kill()
    (project.root / "pid").unlink()
    run_hooks(Hooks(on_success=python(leave + note + "p.wait()")), project, result(), 5)
    child = int((project.root / "pid").read_text())
    assert any(_ended(child) or time.sleep(0.05) for _ in range(600))


def _ended(pid: int) -> bool:
    """Whether a process has ended, also where nobody has asked for its exit code."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.kernel
@pytest.mark.parametrize(("fail", "event", "exit_code"), [("", "success", 0), ("no luck", "failure", 1)])
def test_the_command_line_runs_them_and_keeps_its_exit_code_and_its_json(tiny_project, fail, event, exit_code):
    config = tiny_project.root / "configs" / "shop.toml"
    hook = json.dumps([*python(SAVE + "; sys.exit(5)")])
    config.write_text(f"{config.read_text()}\n[hooks]\non_success = {hook}\non_failure = {hook}\n")
    arguments = ("--config", "configs/shop.toml", "--json", "-p", f"make.fail={fail}")
    process = tiny_project.start(*arguments)
    out, told = process.communicate(timeout=60)
    assert process.returncode == exit_code, told
    facts = json.loads((tiny_project.root / "told.json").read_text())
    answer = json.loads(out)
    assert (facts["event"], facts["version"], facts["folder"]) == (event, answer["version"], answer["folder"])
    assert Path(facts["page"]).is_file()
    assert f"warning: hook on_{event}" in told
