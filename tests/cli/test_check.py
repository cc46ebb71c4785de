"""`check` as it is called: what it prints, and the exit code by which CI goes."""

import json

import pytest

from churn_mlops.cli import main
from churn_mlops.pipelines.stage import Stage

SOUND = [("markdown", "# 01 Make"), ("code", 'run_dir: str = ""  # folder'), ("code", "run_dir")]


@pytest.fixture
def check(tmp_path, capsys):
    """Calls the command for a project of one notebook; gives the exit code and what was printed."""

    def call(*arguments: str, source: str = "run_dir"):
        sources = [*SOUND[:2], ("code", source)]
        cells = [{"cell_type": kind, "source": text, "metadata": {}} for kind, text in sources]
        cells[1]["metadata"] = {"tags": ["parameters"]}
        (tmp_path / "notebooks").mkdir(exist_ok=True)
        (tmp_path / "notebooks" / "01_make.ipynb").write_text(json.dumps({"cells": cells}))
        with pytest.raises(SystemExit) as end:
            main((Stage("01_make"),), tmp_path, ["check", *arguments])
        return end.value.code, capsys.readouterr().out

    return call


@pytest.mark.parametrize(
    ("arguments", "source", "code"),
    [((), "run_dir", 0), ((), "nothing", 4), (("--strict",), "run_dir", 4), (("--json",), "nothing", 4)],
)
def test_errors_end_with_code_4_and_advice_only_when_strict(check, arguments, source, code):
    assert check(*arguments, source=source)[0] == code


def test_each_finding_is_a_line_with_place_rule_and_cure(check):
    lines = check(source="nothing")[1].splitlines()
    assert lines[0] == "ok      pipeline.py"
    assert lines[1] == (
        "error: 01_make.ipynb, cell 2: undefined name: `nothing` is used before any cell has defined it. "
        "Cure: define or import it above."
    )
    assert lines[-1].startswith("1 error, ")


def test_the_answer_for_a_machine_is_the_same(check):
    answer = json.loads(check("--json", source="nothing")[1])
    assert (answer["ok"], answer["errors"]) == (False, 1)
    found = [f for f in answer["files"]["01_make.ipynb"] if f["level"] == "error"]
    assert [(f["file"], f["cell"], f["rule"]) for f in found] == [("01_make.ipynb", 2, "undefined name")]
    assert answer["files"]["pipeline.py"] == []
