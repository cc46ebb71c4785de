"""The whole drill through the command line; two minutes each, so by night."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from churn_mlops.cli.drill import drill
from churn_mlops.pipelines.drill import playing
from churn_mlops.pipelines.project import Project

ROOT = Path(__file__).parents[3]
MONITOR, DOOR = "notebooks/06_monitor.ipynb", "pipeline.py"
BLIND = "from churn_mlops.registry import auditing\n\nauditing._pointers = lambda *given: []\nSTAGES = ("


def drilled(project, into):
    command = [sys.executable, "pipeline.py", "drill", "--into", str(into), "--json"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=900)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.nightly
@pytest.mark.kernel
def test_everything_that_went_wrong_in_the_story_is_detected(tmp_path):
    code, answer = drilled(ROOT, tmp_path)
    assert [incident["title"] for incident in answer["incidents"] if not incident["detected"]] == []
    assert (code, answer["detected"], answer["of"]) == (0, 9, 9)
    assert "9 of 9 detected" in (tmp_path / "index.html").read_text()
    assert json.loads((tmp_path / "drill.json").read_text())["incidents"] == answer["incidents"]


@pytest.mark.nightly
@pytest.mark.kernel
@pytest.mark.parametrize(
    ("file", "on", "off", "missed"),
    [
        (MONITOR, "psi_limit: float = 0.05 ", "psi_limit: float = 99.0 ", "drift"),
        (MONITOR, "max_data_age_days: int = 45", "max_data_age_days: int = 4500", "old data"),
        (DOOR, "STAGES = (", BLIND, "unapproved"),
    ],
    ids=["drift", "old data", "pointer"],
)
def test_where_one_check_is_off_one_incident_is_missed_and_the_drill_fails(tmp_path, file, on, off, missed):
    for name in ("pipeline.py", "notebooks"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    text = (tmp_path / file).read_text()
    assert text.count(on) == 1
    (tmp_path / file).write_text(text.replace(on, off))
    code, answer = drilled(tmp_path, tmp_path / "out")
    assert [incident["key"] for incident in answer["incidents"] if not incident["detected"]] == [missed]
    assert (code, answer["detected"]) == (4, 8)


@pytest.mark.parametrize(("detected", "code"), [(9, 0), (8, 4)])
def test_the_command_fails_where_one_is_missed_and_writes_page_and_figures(tmp_path, monkeypatch, detected, code):
    one = {"title": "A", "played": "", "check": "", "after": "", "told": "", "command": "", "seconds": 0.0}
    incidents = [{**one, "key": str(n), "detected": n < detected} for n in range(9)]
    answer = {"schema": 1, "started": "2026-11-28T16:00:00Z", "seconds": 1.0, "incidents": incidents}
    answer |= {"detected": detected, "of": 9}
    monkeypatch.setattr(playing, "play", lambda project, tell: answer)
    done = CliRunner().invoke(drill, ["--runs", str(tmp_path)], obj=Project(tmp_path, tmp_path / "runs"))
    assert done.exit_code == code
    assert done.output.rstrip().endswith(f"{detected} of 9 detected")
    assert json.loads((tmp_path / "drill" / "drill.json").read_text()) == answer
    assert (tmp_path / "drill" / "index.html").is_file()
