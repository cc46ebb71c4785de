"""A stage of one's own: made from the template, part of the pipeline by one line, running as it was made."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from churn_mlops.archive import versions
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.checking import check_project
from churn_mlops.pipelines.new_stage import as_text, make_stage
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage

ROOT = Path(__file__).parents[2]
STAGES = (
    Stage("01_data", writes=("data_version.json",)),
    Stage("03_train", reads=("data_version.json",), writes=("model.json",)),
    Stage("04_evaluate", reads=("model.json",), writes=("gates.json",)),
)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "notebooks").mkdir()
    for name in ("template", "01_data", "03_train", "04_evaluate"):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", tmp_path / "notebooks")
    return Project(tmp_path, tmp_path / "runs", STAGES)


def sources(notebook: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"])


def stage_in(line: str) -> Stage:
    return eval(line.rstrip(","), {"Stage": Stage})


def files_in(folder: Path) -> dict:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_notebook_is_the_template_with_number_name_files_and_links_filled_in(project):
    text = sources(make_stage(project, "035_segments").notebook)
    assert text.startswith("# 035 Segments\n")
    assert "| `data_version.json` | `segments.json` | [04 Evaluate](04_evaluate.ipynb) |" in text
    assert '"segments.json", {"rows": rows}' in text
    assert 'glue_metrics({"segments_rows": rows})' in text
    assert text.endswith("Next: [04 Evaluate](04_evaluate.ipynb).")
    assert not re.search("title|00|01", text, re.IGNORECASE)


def test_the_line_for_the_list_says_what_the_notebook_reads_and_writes(project):
    made = make_stage(project, "035_segments")
    assert made.line == 'Stage("035_segments", reads=("data_version.json",), writes=("segments.json",)),'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("035_segments", "between 03_train and 04_evaluate:"),
        ("02_segments", "between 01_data and 03_train:"),
        ("0305_two_words", "between 03_train and 04_evaluate:"),
        ("05_segments", "after 04_evaluate:"),
        ("10_segments", "after 04_evaluate:"),
    ],
)
def test_the_line_has_its_place_by_number_and_passes_the_check_there(project, name, place):
    made = make_stage(project, name)
    assert f"{place}\n\n    {made.line}" in as_text(made, "it")
    at = [stage.name for stage in STAGES].index(made.after) + 1
    grown = replace(project, stages=(*STAGES[:at], stage_in(made.line), *STAGES[at:]))
    found = check_project(grown)[made.notebook]
    assert [(f.error, f.rule) for f in found] == [(False, "size")], found


def test_cells_get_ids_of_their_own(project):
    cells = json.loads(make_stage(project, "035_segments").notebook.read_text())["cells"]
    assert cells[0]["id"] == "035-01"
    assert len({cell["id"] for cell in cells}) == len(cells)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("segments", "Cure: such as 035_segments."),
        ("35-Segments", "Cure: such as 35_segments."),
        ("3_segments", "Cure: such as 03_segments."),
        ("035", "Cure: such as 035_segments."),
        ("../035_segments", "expected a number of two digits or more"),
        ("035_Ségments", "expected a number of two digits or more"),
        ("035_segments\n", "expected a number of two digits or more"),
        ("", "expected a number of two digits or more"),
        ("03_train", "there is one already. Cure: another name; nothing was overwritten."),
        ("035_train", "03_train is `train` to -p and configs already"),
        ("03_segments", "03_train has that number already. Cure: 035_segments."),
        ("035_dataset", "[dataset] is a section of every config file"),
        ("00_first", "the template reads `data_version.json`, which no stage before it writes"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_cure_and_nothing_is_written(project, name, told):
    before = files_in(project.notebooks)
    with pytest.raises(ConfigError) as error:
        make_stage(project, name)
    assert told in str(error.value)
    assert files_in(project.notebooks) == before


def test_a_notebook_that_is_there_and_not_listed_is_not_overwritten(project):
    make_stage(project, "035_segments").notebook.write_text("mine")
    with pytest.raises(ConfigError, match="there is one already"):
        make_stage(project, "035_segments")
    assert (project.notebooks / "035_segments.ipynb").read_text() == "mine"


@pytest.mark.parametrize("content", [None, "", "{}"])
def test_without_a_template_it_is_said_where_to_get_it(project, content):
    template = project.notebooks / "template.ipynb"
    template.write_text(content) if content is not None else template.unlink()
    with pytest.raises(ConfigError, match=r"Cure: git checkout notebooks/template\.ipynb"):
        make_stage(project, "035_segments")


PIPELINE = """
from pathlib import Path

from churn_mlops.cli import main
from churn_mlops.pipelines.stage import Stage

STAGES = (
    Stage("01_make", writes=("data_version.json",)),
)

if __name__ == "__main__":
    main(STAGES, root=Path(__file__).resolve().parent)
"""


@pytest.mark.kernel
def test_the_stage_runs_as_it_was_made_once_its_line_is_in_the_list(tiny_project, notebook):
    """The library is not touched, and neither is the notebook."""
    root = tiny_project.root
    write = """Path(run_dir).joinpath("data_version.json").write_text('{"rows": 7, "source": "shop.csv"}')"""
    parameters = 'run_dir: str = ""  # folder\nfactor: int = 1  # as the config sets'
    notebook(root / "notebooks" / "01_make.ipynb", parameters, "from pathlib import Path", write)
    shutil.copy(ROOT / "notebooks" / "template.ipynb", root / "notebooks")
    (root / "pipeline.py").write_text(PIPELINE)
    told, error = tiny_project.start("new-stage", "03_segments").communicate(timeout=60)
    assert "Made notebooks/03_segments.ipynb" in told, error
    (line,) = re.findall(r"^    (Stage\(.*\),)$", told, re.MULTILINE)
    (root / "pipeline.py").write_text(PIPELINE.replace("\n)\n", f"\n    {line}\n)\n"))
    arguments = ("--config", "configs/shop.toml", "-p", "segments.least_rows=7")
    process = tiny_project.start(*arguments)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0, out + error
    (version,) = versions.versions(root / "runs")
    assert json.loads((root / "runs" / version / "artifacts" / "segments.json").read_text()) == {"rows": 7}
    assert versions.read_metrics(root / "runs", version)["segments_rows"] == 7
