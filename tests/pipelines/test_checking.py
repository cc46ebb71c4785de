"""The static check: every mistake is told with its place and its cure, and what is sound is left in peace."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import churn_mlops
from churn_mlops.pipelines.checking import as_text, check_project, describe
from churn_mlops.pipelines.checking.cells import Cell, Notebook
from churn_mlops.pipelines.checking.listed import check_against_list
from churn_mlops.pipelines.checking.names import check_names
from churn_mlops.pipelines.checking.notebook import check_cells, check_parameters
from churn_mlops.pipelines.checking.shape import check_shape
from churn_mlops.pipelines.checking.usage import check_usage
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage

ROOT = Path(__file__).parents[2]
LIBRARY = sorted(Path(churn_mlops.__file__).parent.rglob("*.py"))
TITLE = """# 02 Use

**What came of it?** Because.

| Reads | Writes | Next |
|---|---|---|
| `made.json` | `used.json` | [01 Make](01_make.ipynb) |"""
PARAMETERS = """run_dir: str = "../runs/lab"  # folder of the run
least: int = 1  # rows"""
IMPORTS = """from pathlib import Path

from churn_mlops import models
from churn_mlops.archive.files import read_json, write_json
from churn_mlops.data.versions import check_size, load_data_version"""
LOAD = 'made = read_json(Path(run_dir) / "made.json")'
CHECK = "check_size(made, least)"
SAVE = 'write_json(Path(run_dir) / "used.json", made)'
END = """## In this notebook we

- loaded,
- checked,
- saved.

Next: [01 Make](01_make.ipynb)."""
IDEAS = [f"idea_{n} = made" for n in range(6)]
SOURCES = [TITLE, PARAMETERS, IMPORTS, LOAD, *IDEAS, CHECK, SAVE, END]
STAGES = (Stage("01_make", writes=("made.json", "folder/")), Stage("02_use", ("made.json",), ("used.json",)))


def cell(source: str, **more) -> dict:
    if source.startswith("#"):
        return {"cell_type": "markdown", "source": source, "metadata": {}}
    tags = {"tags": ["parameters"]} if source.startswith("run_dir:") else {}
    return {"cell_type": "code", "source": source, "metadata": tags, "outputs": [], "execution_count": None} | more


def lay_out(root: Path, sources=SOURCES, stages=STAGES, **other) -> Project:
    """A project whose second stage has these cells; its first is sound."""
    first = [s.replace("02 Use", "01 Make").replace("`used.json`", "`made.json`, `folder/`") for s in SOURCES]
    first = [s.replace("| `made.json` |", "| nothing |") for s in first]
    first[3], first[-2] = "made = load_data_version(run_dir)", 'write_json(Path(run_dir) / "made.json", made)'
    (root / "notebooks").mkdir()
    for name, cells in {"01_make": first, "02_use": sources, **other}.items():
        content = json.dumps({"cells": [c if isinstance(c, dict) else cell(c) for c in cells]})
        (root / "notebooks" / f"{name}.ipynb").write_text(content)
    return Project(root, root / "runs", stages)


def findings(project: Project) -> list[str]:
    return [str(finding) for found in check_project(project).values() for finding in found]


def changed(old: str, new: str) -> list[str]:
    assert any(old in source for source in SOURCES)
    return [source.replace(old, new) for source in SOURCES]


def with_cell(source: str) -> list[str]:
    """The sound notebook with one cell more, its fourth."""
    return [*SOURCES[:4], source, *SOURCES[4:]]


def test_a_sound_project_has_no_finding(tmp_path):
    assert findings(lay_out(tmp_path)) == []


@pytest.mark.slow
def test_neither_pandas_nor_nbformat_is_needed():
    heavy = ["pandas", "nbformat", "papermill", "sklearn", "matplotlib", "IPython"]
    script = (
        "import sys, pathlib; from churn_mlops.pipelines.checking import check_project;"
        "from churn_mlops.pipelines.project import Project;"
        "check_project(Project(pathlib.Path(), pathlib.Path('runs')));"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


# What a run depends on: the fourth cell of the notebook, and what is told of it.
WRONG_CELLS = [
    ("made = (", "error: 02_use.ipynb, cell 4: not Python: line 1: '(' was never closed"),
    ("return 3", "not Python: line 1: 'return' outside function"),
    ("least + leest", "undefined name: `leest` is used before any cell has defined it; did you mean `least`?"),
    ("idea_3", "`idea_3` is used before any cell has defined it, and is defined only in cell 8"),
    ("x = x + 1", "undefined name: `x`"),
    ("x += 1", "undefined name: `x`"),
    ("[y * z for y in made]", "undefined name: `z`"),
    ("made.map(lambda row: row * z)", "undefined name: `z`"),
    ("f'{z:.2f}'", "undefined name: `z`"),
    ("x: Frame = made", "undefined name: `Frame`"),
    ("x = 1\ndel x\nx", "undefined name: `x`"),
    ("from churn_mlops.archive.files import write_jsn", "`churn_mlops.archive.files` has no `write_jsn`; did you mean"),
    ("from churn_mlops.modles import compare", "`churn_mlops` has no `modles`; did you mean `models`?"),
    ("import churn_mlops.data.sorce as s", "`churn_mlops.data` has no `sorce`; did you mean `sources`?"),
    ("from churn_mlops import plotz", "`churn_mlops` has no `plotz`; did you mean `plots`?"),
    ("models.cross_validte(made)", "`churn_mlops.models` has no `cross_validte`; did you mean `cross_validate`?"),
    ("import churn_mlops.models\nchurn_mlops.models.metrics.evaluat", "`churn_mlops.models.metrics` has no `evaluat`"),
    (
        "from churn_mlops.registry import gates as g\ng.load_gate('x')",
        "`churn_mlops.registry.gates` has no `load_gate`",
    ),
    ("models.make_folds(made, made, fold=3)", "`models.make_folds` takes no argument `fold`; did you mean `folds`?"),
    ("check_size(made, 1, 2)", "`check_size` is given 3 arguments by position and takes 2"),
    ("check_size(made)", "`check_size` is not given `least_rows`"),
    ("from churn_mlops.config import Money\nMoney(1, 2, succes_rate=3)", "takes no argument `succes_rate`; did you"),
    ('Path(run_dir) / "mode.json"', "undeclared file: `mode.json` is not among what 02_use reads or writes; did you"),
    ('Path(run_dir).joinpath("deep", "a.json")', "undeclared file: `deep/a.json`"),
    (
        cell("made", outputs=[{}]),
        "outputs: an output or an execution count is left in. Cure: nbstripout notebooks/02_use",
    ),
    (cell("made", execution_count=3), "outputs: an output or an execution count is left in"),
    ('run_dir: str = ""  # again', "cell 4: parameters: 2 cells are tagged `parameters`. Cure: tag one cell."),
]


@pytest.mark.parametrize(("source", "told"), WRONG_CELLS, ids=[str(n) for n in range(len(WRONG_CELLS))])
def test_what_a_run_would_stumble_over_is_an_error(tmp_path, source, told):
    errors = [line for line in findings(lay_out(tmp_path, with_cell(source))) if line.startswith("error")]
    assert len(errors) == 1, errors
    assert told in errors[0]


SOUND_CELLS = [
    "%matplotlib inline\nmade",
    "files = !ls\nfiles",
    "%%time\nlater = made\nlater",
    "%%capture out\nmade",
    "%%sql result <<\nselect * from made where",
    "made?",
    "display(get_ipython())\n_\n_3",
    "for row in made:\n    row",
    "try:\n    import extra\nexcept ImportError:\n    extra = None\nextra",
    "(n := 3) + n",
    "with open(run_dir) as file:\n    file",
    "squares = {k: v for k, v in made.items() if k}",
    "def later():\n    return idea_5",
    "class Small:\n    size = 3\n    twice = size * 2",
    "a, *b = made\na, b",
    "match made:\n    case {'x': x}:\n        x",
    "await made",
    "from os.path import *\njoin(run_dir)",
    "%run other.py\nwhatever",
    "models.make_folds(*made, **made)",
    "models = made\nmodels.anything",
    "(lambda models: models.anything)(made)",
    "from churn_mlops.data.simulator import SimulatorSettings\nSimulatorSettings",
    "from churn_mlops import __version__\n__version__",
    'Path(run_dir) / "folder" / "part.json"',
    'Path("../configs") / "shop.toml"',
]


@pytest.mark.parametrize("source", SOUND_CELLS, ids=[str(n) for n in range(len(SOUND_CELLS))])
def test_what_a_run_would_not_stumble_over_is_no_error(tmp_path, source):
    stages = (STAGES[0], Stage("02_use", ("made.json", "folder/"), ("used.json",)))
    assert [line for line in findings(lay_out(tmp_path, with_cell(source), stages)) if line.startswith("error")] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path).split("churn_mlops", 1)[1])
def test_the_code_of_the_library_itself_passes_as_a_cell(path):
    notebook = Notebook(path, [Cell(1, path.read_text().replace("__file__", "__name__"))])
    assert [str(finding) for check in (check_names, check_usage) for finding in check(notebook)] == []


PIECES = [
    "%",
    "!",
    "?",
    "#",
    "# x = 1",
    "import ",
    "def f():",
    "x",
    " = ",
    "(",
    ")",
    ":",
    "\n",
    "'",
    '"',
    "run_dir",
    "1",
    "\0",
]


@given(st.lists(st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join), max_size=4))
def test_no_text_whatever_breaks_the_check(texts):
    cells = [Cell(n, text, ("parameters",)) for n, text in enumerate(texts, 1)] + [Cell(None, text) for text in texts]
    notebook = Notebook(Path("02_use.ipynb"), cells)
    for check in (check_cells, check_names, check_usage, check_shape):
        assert all(str(finding) for finding in check(notebook))
    one = Notebook(notebook.path, cells[:1])
    assert all(str(f) for check in (check_parameters, check_against_list) for f in check(one, STAGES[1]))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('run_dir: str = "../runs/lab"', "run_dir: str = f()", "cell 1: parameters: malformed node or string"),
        ("least: int", "least: list", "cell 1: parameters: parameter `least` has type list; expected int, float, str"),
        ("least: int = 1", "least = 1", "cell 1: parameters: parameters cell, line 2: expected `name: type = value"),
        (PARAMETERS, "least: int = 1  # rows\nrun_dir = 1", "0 cells are tagged `parameters`"),
    ],
)
def test_parameters_that_cannot_be_read_are_an_error(tmp_path, old, new, told):
    assert told in "\n".join(
        line for line in findings(lay_out(tmp_path, changed(old, new))) if line.startswith("error")
    )


def test_a_stage_needs_to_know_where_its_files_are(tmp_path):
    (told, *_) = findings(lay_out(tmp_path, with_tags(changed('run_dir: str = "../runs/lab"', 'here: str = ""'))))
    assert told.startswith("error: 02_use.ipynb, cell 1: parameters: no `run_dir`")


def with_tags(sources: list) -> list:
    return [sources[0], cell(sources[1], metadata={"tags": ["parameters"]}), *sources[2:]]


ADVICE = [
    ("# 02 Use", "# Use", "title: the first line is '# Use'. Cure: begin with a text cell: `# 02 Use`"),
    ("# 02 Use", "# 03 Use", "title: the first line is '# 03 Use'"),
    ("came of it?", "came of it.", "question: the first cell asks nothing"),
    ("| Reads | Writes | Next |", "| In | Out | Next |", "table: no table of Reads, Writes and Next"),
    ("| `made.json` |", "| `mode.json` |", "the table reads `mode.json`, the list does not; did you mean `made.json`?"),
    ("| `used.json` |", "| `use.json` |", "the table writes `use.json`, the list does not"),
    ("| `used.json` |", "| a file, `made.json` |", "the list writes `used.json`, the table does not"),
    ("  # rows", "", "cell 1: parameters: `least` does not say what it means"),
    ("  # rows", "  # rows\nmost: int = 9  # rows", "cell 1: unused parameter: no cell uses `most`"),
    ("idea_0 = made", "import os", "cell 4: order: imports in the midst"),
    ("idea_0 = made", "x = [\n" + "    1,\n" * 9 + "]", "cell 4: size: 11 lines. Cure: at most 10"),
    ("idea_0 = made", "def f():\n    return made", "cell 4: definition: `f` is defined here"),
    ("idea_0 = made", "class Thing:\n    pass", "cell 4: definition: `Thing` is defined here"),
    ("Path\n", "Path\nimport sys\nsys.path.append('lib')\n", "cell 2: search path: `sys.path`"),
    ("idea_0 = made", "!pip install pandas", "cell 4: installs a package: `pip install`"),
    ("idea_0 = made", "%pip install pandas", "cell 4: installs a package: `pip install`"),
    ("Path\n", "Path\nimport warnings\nwarnings.filterwarnings('ignore')\n", "hides warnings: `filterwarnings`"),
    ("idea_0 = made", 'Path("/data/a.csv")', "cell 4: absolute path: '/data/a.csv'"),
    ("idea_0 = made", 'Path("~/a.csv")', "cell 4: absolute path: '~/a.csv'"),
    ("idea_0 = made", r'Path("C:\\data")', "cell 4: absolute path: 'C:"),
    ("idea_0 = made", "made\n# made = load(run_dir)", "cell 4: dead code: `made = load(run_dir)`"),
    ("idea_0 = made", "made\n# made.head()", "cell 4: dead code: `made.head()`"),
    ("idea_0 = made", "made  # TODO", "cell 4: undone: `TODO`"),
    ("Because.", "TODO", "02_use.ipynb: undone: `TODO`"),
    (CHECK, "made, least", "no check: nothing stops the run when the result is bad"),
    ("## In this notebook we", "## Summary", "end: the last cell does not say what was done"),
    ("- checked,\n- saved.", "- checked.", "end: 2 bullets under"),
    ("Next: [01 Make](01_make.ipynb).", "Fin.", "end: no link to the next stage"),
]


@pytest.mark.parametrize(("old", "new", "told"), ADVICE, ids=[str(n) for n in range(len(ADVICE))])
def test_what_only_a_reader_would_stumble_over_is_advice(tmp_path, old, new, told):
    found = findings(lay_out(tmp_path, changed(old, new)))
    assert [line for line in found if line.startswith("error")] == []
    assert told in "\n".join(found)


@pytest.mark.parametrize(
    "comment", ["# see 03, where it is made", "# made", "# note: rows", "# else: nothing", "# a, b"]
)
def test_a_comment_in_words_is_no_dead_code(tmp_path, comment):
    assert findings(lay_out(tmp_path, changed("idea_0 = made", f"made\n{comment}"))) == []


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ([s for s in SOURCES if s not in IDEAS], "size: 5 code cells"),
        ([*SOURCES[:-1], *["made"] * 12, END], "size: 23 code cells"),
        ([s.replace("idea", "made\nmade\nmade\nidea") for s in SOURCES], "size: a median of 4 lines a code cell"),
        ([TITLE, "made = 1", *SOURCES[1:]], "cell 2: order: code stands above the parameters"),
        ([*SOURCES[:2], *SOURCES[3:4], IMPORTS, *SOURCES[4:]], "the cell after the parameters imports nothing"),
    ],
)
def test_the_shape_of_the_whole_is_advice(tmp_path, sources, told):
    assert told in "\n".join(line for line in findings(lay_out(tmp_path, sources)) if line.startswith("advice"))


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ([("a", ["x"], [])], "01_a reads `x`, which no earlier stage writes"),
        ([("a", [], ["scores.csv"]), ("b", ["score.csv"], [])], "no earlier stage writes; did you mean `scores.csv`?"),
        ([("a", ["x"], []), ("b", [], ["x"])], "01_a reads `x`, which only 02_b writes, which comes later"),
        ([("a", ["x"], ["x"])], "01_a reads `x`, which it writes itself"),
        ([("a", [], ["x"]), ("b", [], ["x"])], "01_a and 02_b both write `x`"),
        ([("a", [], ["x/"]), ("b", [], ["x/y"])], "01_a and 02_b both write `x/`"),
        ([("a", [], ["x", "x"])], "01_a writes `x` twice"),
        ([("a", [], []), ("a", [], [])], "01_a and 02_a are both `a` to -p and configs"),
        ([("a", [], ["/tmp/x"])], "01_a names `/tmp/x`"),
        ([("a", [], ["../x"])], "01_a names `../x`"),
        ([("a", [], ["x/"]), ("b", ["x/y", "x/"], [])], ""),
    ],
)
def test_the_list_of_stages_is_held_against_itself(tmp_path, stages, told):
    listed = tuple(Stage(f"{n:02}_{name}", tuple(r), tuple(w)) for n, (name, r, w) in enumerate(stages, 1))
    found = next(iter(check_project(Project(tmp_path, tmp_path, listed)).values()))
    assert len(found) == bool(told), found
    assert all(str(f).startswith(f"error: pipeline.py: list of stages: {told}") or told in str(f) for f in found)


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"files": ("configs/prices.csv", "maps/")}, ""),
        ({"files": ("/etc/prices.csv",)}, "01_a names `/etc/prices.csv` in its files"),
        ({"files": ("../prices.csv",)}, "01_a names `../prices.csv` in its files"),
        ({"watches": ("champion", "today", "network")}, ""),
        ({"watches": ("champoin",)}, "01_a watches `champoin`; did you mean `champion`?"),
    ],
)
def test_what_a_stage_uses_besides_artifacts_is_held_against_what_there_can_be(tmp_path, declared, told):
    project = Project(tmp_path, tmp_path, (Stage("01_a", **declared),))
    found = next(iter(check_project(project).values()))
    assert [told in str(f) and f.error for f in found] == [True] * bool(told)


def test_a_listed_notebook_that_is_missing_is_an_error_with_the_nearest_name(tmp_path):
    (told,) = findings(lay_out(tmp_path, stages=(*STAGES, Stage("02_used"))))
    assert told.startswith("error: 02_used.ipynb: missing notebook")
    assert "did you mean `02_use.ipynb`?" in told


def test_a_numbered_notebook_that_is_not_listed_is_advice(tmp_path):
    (told,) = findings(lay_out(tmp_path, **{"03_more": changed("# 02 Use", "# 03 More")}))
    assert told.startswith("advice: 03_more.ipynb: list of stages: 03_more is not in the list")


def test_a_notebook_without_a_number_is_nobodys_business(tmp_path):
    assert findings(lay_out(tmp_path, scratch=["import nothing as (", "!!"])) == []


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"cells": [1]}', '{"cells": [{"cell_type": "code"}]}', "\x00"])
def test_a_file_that_is_no_notebook_is_an_error(tmp_path, content):
    project = lay_out(tmp_path)
    (project.notebooks / "02_use.ipynb").write_text(content)
    (told,) = findings(project)
    assert told.startswith("error: 02_use.ipynb: not a notebook")


def test_a_notebook_without_cells_is_told_and_does_not_break_the_check(tmp_path):
    assert "0 cells are tagged" in findings(lay_out(tmp_path, []))[0]


def test_strict_turns_advice_into_errors(tmp_path):
    found = check_project(lay_out(tmp_path, changed("Because.", "TODO")))
    assert [describe(found, strict)["ok"] for strict in (False, True)] == [True, False]
    assert as_text(describe(found, True)).endswith("0 errors, 1 of advice, which --strict does not let pass.")
    (finding,) = describe(found, False)["files"]["02_use.ipynb"]
    assert set(finding) == {"level", "file", "cell", "rule", "seen", "cure"}
