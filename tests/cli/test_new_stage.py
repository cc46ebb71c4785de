"""`new-stage` as it is called: what it prints and where, and its exit codes."""

import json
import shutil
from pathlib import Path

import pytest

from churn_mlops.cli import main
from churn_mlops.pipelines.stage import Stage

ROOT = Path(__file__).parents[2]
STAGES = (Stage("01_data", writes=("data_version.json",)),)


@pytest.fixture
def new_stage(tmp_path, capsys, monkeypatch):
    """Calls the command in a project with the template; gives the exit code, and what was printed and where."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "template.ipynb", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str):
        with pytest.raises(SystemExit) as end:
            main(STAGES, tmp_path, ["new-stage", *arguments])
        return (end.value.code, *capsys.readouterr())

    return call


def test_it_tells_the_file_the_line_its_place_and_the_next_commands(new_stage):
    code, out, _ = new_stage("035_segments")
    assert code == 0
    assert out.startswith(
        "Made notebooks/035_segments.ipynb\n\nAdd this line to STAGES in pipeline.py, after 01_data:\n"
    )
    assert '\n    Stage("035_segments", reads=("data_version.json",), writes=("segments.json",)),\n' in out
    assert "python pipeline.py check" in out
    assert "make lab" in out


def test_the_answer_for_a_machine_is_the_same(new_stage):
    answer = json.loads(new_stage("035_segments", "--json")[1])
    assert answer == {
        "notebook": "notebooks/035_segments.ipynb",
        "line": 'Stage("035_segments", reads=("data_version.json",), writes=("segments.json",)),',
        "after": "01_data",
        "before": None,
    }


@pytest.mark.parametrize("arguments", [("segments",), ("01_data",), ()])
def test_a_wrong_name_ends_with_code_2_and_one_message(new_stage, arguments):
    code, out, told = new_stage(*arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in told
    assert told
