"""A stage has succeeded when the runner itself saw that every cell ran, none failed and every output is there."""

import json

import psutil
import pytest

from churn_mlops.pipelines.execution import execute
from churn_mlops.pipelines.stage import Stage

pytestmark = pytest.mark.kernel

PARAMETERS = 'run_dir: str = ""  # folder of the run'
WRITE = """
from pathlib import Path
out = Path(run_dir) / "out"
out.mkdir()
written = (out / "a.txt").write_text("1")
"""


@pytest.fixture
def run_cells(tmp_path, notebook):
    """Executes a stage of these cells, which must write the folder `out/`, and sees that no process is left."""

    def run(*cells, timeout=60, parameters=PARAMETERS, **given):
        artifacts = tmp_path / "artifacts"
        artifacts.mkdir()
        path = notebook(tmp_path / "notebooks" / "01_x.ipynb", parameters, *cells)
        before = set(psutil.Process().children(recursive=True))
        outcome = execute(
            Stage("01_x", writes=("out/",)), path, artifacts, {"run_dir": str(artifacts)} | given, timeout
        )
        left = set(psutil.Process().children(recursive=True)) - before
        assert psutil.wait_procs(left, timeout=5)[1] == []
        return outcome

    return run


def test_a_stage_whose_cells_all_ran_and_whose_outputs_are_there_has_succeeded(run_cells):
    outcome = run_cells(WRITE, "1 + 1", "# a cell may hold a comment alone", "")
    assert (outcome.status, outcome.failure) == ("succeeded", None)
    assert outcome.cells_run == outcome.cells - 1  # the empty one
    assert outcome.notebook.cells[-3].outputs[0].data["text/plain"] == "2"


OURS = "from churn_mlops.errors import *\nraise "
FAILING = {
    "an ordinary error": ("raise ValueError('no luck')", 1, "ValueError", "ValueError: no luck"),
    "a mistake in the code": ("1 +", 1, "SyntaxError", "SyntaxError: "),
    "a wrong setting": (OURS + "ConfigError('name it')", 2, "ConfigError", "name it"),
    "bad data": (OURS + "DataError('shop.csv: empty')", 3, "DataError", "shop.csv: empty"),
    "a check": (OURS + "CheckError('too many')", 4, "CheckError", "too many"),
    "a kind of check": (OURS + "PromotionRefused('shop', 'v', 'too low', 'wait')", 4, "PromotionRefused", "too low"),
    "exit by exception": ("import sys\nsys.exit(0)", 7, "Incomplete", "ended the kernel"),
}


@pytest.mark.parametrize(("source", "exit_code", "kind", "message"), FAILING.values(), ids=FAILING)
def test_a_cell_that_raises_fails_the_stage(run_cells, source, exit_code, kind, message):
    failure = run_cells(WRITE, source, "1").failure
    assert (failure.stage, failure.exit_code, failure.kind) == ("01_x", exit_code, kind)
    assert failure.cell == 4  # the runner's own cell with the parameters it set counts
    assert message in failure.message
    assert "\x1b" not in failure.traceback


ENDING = {
    "exit in the middle": (["exit(0)", "1"], 7, "Incomplete", 4),
    "exit in the last cell": (["exit(0)"], 7, "Incomplete", 4),
    "quit in the middle": (["quit()", "1"], 7, "Incomplete", 4),
    "quit in the last cell": (["1", "quit()"], 7, "Incomplete", 5),
    "a crash in native code": (["import os", "os._exit(0)", "1"], 5, "KernelDied", 5),
    "killed by the system": (["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"], 5, "KernelDied", 4),
}


@pytest.mark.parametrize(("cells", "exit_code", "kind", "cell"), ENDING.values(), ids=ENDING)
def test_a_kernel_that_ends_before_its_notebook_fails_the_stage(run_cells, cells, exit_code, kind, cell):
    outcome = run_cells(WRITE, *cells)
    failure = outcome.failure
    assert (failure.exit_code, failure.kind, failure.cell) == (exit_code, kind, cell)
    assert "01_x" in failure.message
    assert "Cure: " in failure.message


def test_an_endless_cell_ends_with_the_stages_time_and_with_what_it_had_shown(run_cells):
    outcome = run_cells(WRITE, "print('here I am')\nwhile True: pass", timeout=3)
    assert (outcome.failure.exit_code, outcome.failure.kind, outcome.failure.cell) == (6, "Timeout", 4)
    assert "3 s" in outcome.failure.message
    assert "--timeout" in outcome.failure.message
    assert outcome.notebook.cells[-1].outputs[0].text == "here I am\n"


@pytest.mark.parametrize("cells", [["1"], ["import os\nos.makedirs(run_dir + '/out')"]], ids=["absent", "empty folder"])
def test_a_declared_output_that_is_not_there_fails_the_stage(run_cells, cells):
    failure = run_cells(*cells).failure
    assert (failure.exit_code, failure.kind, failure.cell) == (7, "MissingOutput", None)
    assert "out/" in failure.message


@pytest.mark.parametrize("number", [0, 3])
def test_a_cell_that_is_skipped_by_a_tag_fails_the_stage(tmp_path, notebook, number):
    path = notebook(tmp_path / "01_x.ipynb", PARAMETERS, "1", "2", "3")
    written = json.loads(path.read_text())
    code = [cell for cell in written["cells"] if cell["cell_type"] == "code"]
    code[number]["metadata"].setdefault("tags", []).append("skip-execution")
    path.write_text(json.dumps(written))
    failure = execute(Stage("01_x"), path, tmp_path, {}, 60).failure
    assert (failure.exit_code, failure.cell) == (7, number + 1)
    assert "was not run" in failure.message


VALUES = {
    "quotes": "a'b\"c`d",
    "triple": "'''x''' \"\"\"y\"\"\"",
    "lines": "one\ntwo\r\nthree\ttab",
    "backslashes": "C:\\new\\table\\",
    "braces": "{run_dir} {{x}} %s ${HOME} $(id)",
    "signs": "Zürich 東京 \N{ROCKET} \x00 \x1b[31m \u2028",
    "code": 'x"; import os; os.system("touch broken-out"); "',
    "line_of_code": "x\nimport os\nos.system('touch broken-out')",
    "magic": "!touch broken-out",
}


def test_a_parameter_arrives_as_data_whatever_it_holds(run_cells, tmp_path):
    declared = PARAMETERS + "".join(f'\n{name}: str = ""' for name in VALUES)
    given = f"import json\nwritten = (out / 'given.json').write_text(json.dumps([{', '.join(VALUES)}]))"
    assert run_cells(WRITE, given, parameters=declared, **VALUES).failure is None
    assert json.loads((tmp_path / "artifacts/out/given.json").read_text()) == list(VALUES.values())
    assert list(tmp_path.rglob("broken-out")) == []


def test_numbers_truth_and_nothing_keep_their_type(run_cells, tmp_path):
    values = {"a": 3, "b": 1.0, "c": True, "d": None, "e": 1e-300}
    declared = PARAMETERS + "\na: int = 0\nb: float = 0.5\nc: bool = False\nd: int | None = 1\ne: float = 0.0"
    assert run_cells(
        WRITE, "written = (out / 'b.txt').write_text(repr([a, b, c, d, e]))", parameters=declared, **values
    )
    assert (tmp_path / "artifacts/out/b.txt").read_text() == repr(list(values.values()))


def test_each_code_cell_is_announced_as_it_starts(tmp_path, notebook):
    path, seen = notebook(tmp_path / "01_x.ipynb", "x: int = 1", "2", "3"), []
    execute(Stage("01_x"), path, tmp_path, {}, 60, lambda started, cells: seen.append((started, cells)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_notebook_runs_in_its_own_folder_and_its_source_stays_as_it_was(tmp_path, notebook):
    path = notebook(
        tmp_path / "notebooks" / "01_x.ipynb", "x: int = 1", "from pathlib import Path\nPath.cwd().name", "x"
    )
    before = path.read_bytes()
    outcome = execute(Stage("01_x"), path, tmp_path, {"x": 2}, 60)
    assert outcome.notebook.cells[3].outputs[0].data["text/plain"] == "'notebooks'"
    assert outcome.notebook.cells[4].outputs[0].data["text/plain"] == "2"
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
