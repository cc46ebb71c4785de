"""The units of deploy/systemd: judged by systemd itself where it is, and by rules of ours."""

import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from churn_mlops.cli.door import COMMANDS, Door
from churn_mlops.errors import WatcherThere
from churn_mlops.pipelines.exits import TERMINATED

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".service", ".timer"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
PYTHON = "/srv/churn/.venv/bin/python"


def read(path: Path) -> RawConfigParser:
    unit = RawConfigParser(strict=True, delimiters="=")
    unit.optionxform = str
    unit.read(path)
    return unit


def test_systemd_finds_nothing_wrong_with_them(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze here")
    for path in UNITS:  # the one thing that is not on this machine is their interpreter
        (tmp_path / path.name).write_text(path.read_text().replace(PYTHON, sys.executable))
    command = ["systemd-analyze", "verify", *(str(tmp_path / path.name) for path in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True)
    told = [line for line in (done.stdout + done.stderr).splitlines() if "churn" in line]
    assert (done.returncode, told) == (0, []), done.stderr


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_services_call_watch_with_options_that_it_has(path):
    words = read(path)["Service"]["ExecStart"].split()
    assert words[:3] == [PYTHON, "pipeline.py", "watch"]
    assert "watch" in COMMANDS
    known = {option for own in Door().get_command(None, "watch").params for option in own.opts}
    assert set(words[3:]) <= known


def test_ended_in_order_is_no_failure_and_what_a_new_start_cannot_change_is_none():
    service = read(FOLDER / "churn-watch.service")["Service"]
    assert service["SuccessExitStatus"] == str(TERMINATED)
    assert service["RestartPreventExitStatus"].split() == ["2", str(WatcherThere.exit_code)]


def test_the_timer_starts_the_service_of_its_name():
    assert [path.stem for path in UNITS if path.suffix == ".timer"] == ["churn-watch-once"]
    assert (FOLDER / "churn-watch-once.service").is_file()
