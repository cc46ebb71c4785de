"""A failed stage can be run and repaired where nothing can be broken: in a copy, with the inputs it had."""

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest

from churn_mlops.archive.digest import digest_tree
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.debugging import _injected, prepare
from churn_mlops.pipelines.lab import lab_command, open_lab
from churn_mlops.pipelines.project import Project

FAILED, FINE = "20260101-000000-aaaaaa", "20260102-000000-bbbbbb"


def archive(project, version, status, failed=None):
    """A version as a run would leave it; its files are read-only."""
    folder = project.runs / version
    (folder / "artifacts").mkdir(parents=True)
    for name in ("number.txt", "answer.json", "more.txt"):
        (folder / "artifacts" / name).write_text(f"{name} of {version}")
        (folder / "artifacts" / name).chmod(0o444)
    (folder / "config.toml").write_bytes((project.root / "configs" / "shop.toml").read_bytes())
    run_dir = f"../runs/.building/{version}/artifacts"
    states = [("01_make", "succeeded"), ("02_use", status)] if failed != "01_make" else [("01_make", "failed")]
    manifest = {
        "version": version,
        "dataset": "shop",
        "status": status,
        "error": failed and {"stage": failed, "cell": 4, "message": "ValueError: no", "exit_code": 1},
        "stages": [{"name": name, "status": state} for name, state in states],
        "parameters": {
            "01_make": {"config": "../configs/shop.toml", "data": "", "run_dir": run_dir, "fail": "it's"},
            "02_use": {"run_dir": run_dir},
        },
        "code": {"notebooks": {}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def project(tiny_project):
    """The small project with a failed run, and a newer one that succeeded."""
    project = Project(tiny_project.root, tiny_project.runs, tiny_project.stages)
    archive(project, FAILED, "failed", "02_use")
    archive(project, FINE, "succeeded")
    return project


def injected(notebook):
    cells = nbformat.read(notebook, as_version=4).cells
    (cell,) = (c for c in cells if "injected-parameters" in c.metadata.get("tags", []))
    values = {}
    exec(cell.source, values)
    return {name: value for name, value in values.items() if name != "__builtins__"}


def test_by_default_it_is_the_stage_that_failed_in_the_newest_failed_run(project):
    bench = prepare(project)
    assert (bench.version, bench.stage, bench.error["cell"], bench.made) == (FAILED, "02_use", 4, True)
    assert bench.notebook == project.runs / "lab" / FAILED / "02_use.ipynb"
    nbformat.validate(nbformat.read(bench.notebook, as_version=4))


def test_the_inputs_are_copies_of_what_was_there_before_the_stage(project):
    bench = prepare(project)
    assert sorted(path.name for path in bench.inputs.iterdir()) == ["more.txt", "number.txt"]
    (bench.inputs / "number.txt").write_text("mine")
    assert (project.runs / FAILED / "artifacts" / "number.txt").read_text() == f"number.txt of {FAILED}"


def test_a_stage_of_a_run_that_succeeded_is_opened_by_name_with_paths_that_lead_to_the_same_places(project):
    bench = prepare(project, FINE, "make")
    assert list(bench.inputs.iterdir()) == [bench.inputs / "more.txt"]
    given, folder = injected(bench.notebook), bench.notebook.parent
    assert given == {"config": "../../../configs/shop.toml", "data": "", "run_dir": "01_make", "fail": "it's"}
    assert (folder / given["config"]).resolve() == (project.root / "configs" / "shop.toml").resolve()


def test_a_copy_that_is_there_stays_as_it_was_left_until_it_is_made_afresh(project):
    notebook = prepare(project).notebook
    before = nbformat.read(notebook, as_version=4)
    notebook.write_text("my work")
    assert not prepare(project).made
    assert notebook.read_text() == "my work"
    assert prepare(project, fresh=True).made
    assert [c.source for c in nbformat.read(notebook, as_version=4).cells] == [c.source for c in before.cells]


def test_what_has_changed_since_the_run_is_said(project):
    assert prepare(project, FINE, "make").notes == ()
    (project.root / "configs" / "shop.toml").write_text("[dataset]")
    assert "shop.toml has changed since that run" in prepare(project, FINE, "make").notes[0]


@pytest.mark.parametrize(
    ("version", "stage", "told"),
    [
        ("20270101", "", "no such version"),
        (FINE, "", "has succeeded. Cure: --stage NAME"),
        (FINE, "train", "pipeline.py has no such stage. It has: make, use"),
        ("20260103", "use", "has not run in 20260103-000000-cccccc"),
    ],
)
def test_what_cannot_be_debugged_is_refused_with_the_cure(project, version, stage, told):
    archive(project, "20260103-000000-cccccc", "failed", "01_make")
    with pytest.raises(ConfigError) as refused:
        prepare(project, version, stage)
    assert told in str(refused.value)
    assert not (project.runs / "lab").exists()


def test_where_no_run_has_failed_a_version_must_be_named(tiny_project):
    project = Project(tiny_project.root, tiny_project.runs, tiny_project.stages)
    archive(project, FINE, "succeeded")
    with pytest.raises(ConfigError, match=r"no failed run\. Cure: python pipeline\.py debug VERSION --stage NAME"):
        prepare(project)


def test_jupyterlab_listens_to_this_machine_only_and_shows_the_project(tmp_path):
    command = lab_command(tmp_path / "runs" / "x.ipynb", tmp_path)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert command[3:] == [
        str(tmp_path / "runs" / "x.ipynb"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={tmp_path}",
    ]
    assert len(lab_command(Path("/elsewhere/x.ipynb"), tmp_path)) == 5


def test_without_jupyterlab_the_cure_is_named(monkeypatch):
    monkeypatch.setattr("churn_mlops.pipelines.lab.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'churn-mlops\[lab\]'"):
        open_lab([sys.executable])


def test_without_opening_it_says_what_failed_where_the_copy_is_and_what_opens_it(project, tiny_project):
    out, told = (process := tiny_project.start("debug", "--no-open")).communicate(timeout=30)
    assert process.returncode == 0, told
    for line in (
        f"Run {FAILED}, stage 02_use",
        "Failed in code cell 4: ValueError: no",
        f"Notebook  runs/lab/{FAILED}/02_use.ipynb",
        f"Inputs    runs/lab/{FAILED}/02_use\n",
        "-m jupyterlab",
    ):
        assert line in out


@pytest.mark.kernel
def test_the_copy_fails_as_the_run_did_and_passes_when_repaired(tiny_project):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    def execute():
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}})
        try:
            client.execute()
        except CellExecutionError as error:
            return [c for c in notebook.cells if c.cell_type == "code"], error
        return notebook, None

    failed = tiny_project.run("make.fail=no luck")
    before = digest_tree(failed.folder), digest_tree(tiny_project.root / "notebooks")
    process = tiny_project.start("debug", "--no-open", "--json", env=dict(os.environ))
    out, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    answer = json.loads(out)
    path, error = Path(answer["notebook"]), failed.manifest["error"]
    assert (answer["version"], answer["stage"], answer["error"]) == (failed.version, "01_make", error)

    cells, raised = execute()
    assert (raised.ename, raised.evalue) == (error["kind"], "no luck")
    assert cells[error["cell"] - 1].outputs[0].output_type == "error"

    path.write_text(path.read_text().replace("no luck", ""))
    assert execute()[1] is None
    assert (path.parent / "01_make" / "number.txt").read_text() == "21"
    assert (digest_tree(failed.folder), digest_tree(tiny_project.root / "notebooks")) == before


def test_a_parameter_whose_name_is_code_gets_into_no_notebook():
    with pytest.raises(ConfigError, match="no name of Python"):
        _injected({"x = 1\nimport os": 1}, False)
