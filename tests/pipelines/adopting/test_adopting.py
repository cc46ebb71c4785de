"""Folders as everybody has them: what is found in them, and the project that is laid out."""

import json
import os
import pickle
import subprocess
import sys

import pytest
from click.testing import CliRunner
from tests.pipelines.adopting import folders
from tests.pipelines.adopting.folders import KEY, TOKEN, code, notebook, text, write

from churn_mlops.cli.adopt import adopt as command
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.adopting.adopting import adopt
from churn_mlops.pipelines.adopting.text import as_text
from churn_mlops.pipelines.checking.cells import read_notebook
from churn_mlops.pipelines.parameters import read_parameters
from churn_mlops.pipelines.project import Project

FINAL = "model_v2_final_ACTUALLY_final.ipynb"


def of(answer, name):
    return next(found for found in answer["notebooks"] if found["name"] == name)


def test_who_reads_and_writes_which_file_is_told_by_cell(adopted):
    answer, _ = adopted("shop")
    final = of(answer, FINAL)
    told = [(use["path"], use["file"], use["cell"]) for use in (*final["reads"], *final["writes"])]
    assert told == [
        ("/home/ann/churn/data_new.csv", "data_new.csv", 4),
        ("scores.csv", None, 8),
        ("models/model_final.joblib", "models/model_final.joblib", 7),
        ("scores.csv", None, 7),
    ]
    files = {file["name"]: (file["read_by"], file["written_by"]) for file in answer["files"]}
    assert files["data_old.csv"] == (["model_v1.ipynb"], [])
    assert files["models/model_final.joblib"] == ([], [FINAL])


def test_paths_are_put_together_where_that_can_be_told_and_named_where_not(adopted):
    answer, _ = adopted("pathed")
    run = of(answer, "run.ipynb")
    assert [use["path"] for use in run["reads"]] == ["data/use_2024.txt", "data/notes.txt", "data/more.txt"]
    assert [use["path"] for use in run["writes"]] == ["model.pkl", "report.txt"]
    assert [line.split("(")[0] for line in run["untold"]] == ["cell 8: np.save", "cell 8: np.load"]


def test_near_copies_are_told_with_what_differs_by_cell(adopted):
    answer, _ = adopted("shop")
    [pair] = answer["near_copies"]
    assert (pair["a"], pair["b"]) == ("model_v1.ipynb", FINAL)
    assert 0.5 <= pair["similarity"] < 0.8
    changed = {(cell["cell_a"], cell["cell_b"]): cell["lines"] for cell in pair["cells"]}
    assert "-STRENGTH = 1.0" in changed[2, 3]
    assert "+STRENGTH = 0.5" in changed[2, 3]
    assert not any(a == 1 for a, _ in changed), "a comment is no difference"


def test_the_notebook_of_the_newest_model_is_known_by_what_it_writes_and_by_the_dates(adopted):
    answer, _ = adopted("shop")
    newest = answer["newest_model"]
    assert (newest["file"], newest["notebook"]) == ("models/model_final.joblib", FINAL)
    assert newest["why"].startswith("it writes that file")
    assert answer["chosen"] == FINAL


@pytest.mark.parametrize(("saved", "made_by"), [(900, "b.ipynb"), (5000, "a.ipynb")])
def test_of_two_that_write_the_same_model_the_one_saved_nearest_to_it_made_it(tmp_path, saved, made_by):
    for name, moment in (("a.ipynb", 0), ("b.ipynb", saved)):
        write(tmp_path / "f" / name, notebook(code("import joblib\njoblib.dump(1, 'm.joblib')")), 1_000_000 + moment)
    write(tmp_path / "f" / "m.joblib", b"", 1_001_000)
    newest = adopt(tmp_path / "f", tmp_path / "out")["newest_model"]
    assert newest["notebook"] == made_by
    assert "so do 1 more" in newest["why"]


def test_what_a_reader_must_know_first_is_named(adopted):
    answer, _ = adopted("shop")
    first, final = of(answer, "model_v1.ipynb"), of(answer, FINAL)
    assert (first["out_of_order"], final["out_of_order"]) == ([5], [])
    assert final["never_run"] == [9]
    assert final["installs"] == ["pandas", "scikit-learn"]
    assert final["absolute_paths"] == ["cell 3: /home/ann/churn/data_new.csv"]
    assert final["magics"] == ["cell 1: !pip install pandas scikit-learn", "cell 1: %matplotlib inline"]


@pytest.mark.parametrize(
    ("name", "told"), [("shop", ["cell 4, output"]), ("pathed", ["cell 2, source", "cell 5, output"])]
)
def test_secrets_are_told_by_their_place_and_stand_nowhere_in_answer_or_project(adopted, name, told):
    answer, project = adopted(name)
    assert of(answer, answer["chosen"])["secrets"] == told
    made = [path.read_text() for path in project.rglob("*") if path.is_file()]
    for told_or_made in (json.dumps(answer), as_text(answer), *made):
        assert TOKEN not in told_or_made
        assert KEY not in told_or_made


def test_constants_become_parameters_and_paths_relative(adopted):
    answer, project = adopted("shop")
    parameters = read_parameters(project / "notebooks" / f"{answer['project']['stage']}.ipynb")
    assert {name: (p.type, p.default, p.meaning) for name, p in parameters.items() if name != "run_dir"} == {
        "DATA": ("str", "../data/data_new.csv", f"file that {FINAL} reads"),
        "STRENGTH": ("float", 0.5, "the larger, the looser"),
    }
    assert answer["project"]["parameters"] == {"STRENGTH": 0.5}, "what nothing uses is none"


def test_what_it_makes_goes_into_the_run_and_what_it_made_is_read_from_there(adopted):
    answer, project = adopted("shop")
    cells = read_notebook(project / "notebooks" / f"{answer['project']['stage']}.ipynb").code
    sources = "\n".join(cell.source for cell in cells)
    assert 'joblib.dump(model, Path(run_dir) / "model_final.joblib")' in sources
    assert 'pd.read_csv(Path(run_dir) / "scores.csv")' in sources
    assert not any(cell.has_output for cell in cells)
    assert (project / "data" / "data_new.csv").is_file()


def test_own_modules_come_along_and_secrets_are_asked_of_the_environment(adopted):
    answer, project = adopted("pathed")
    assert answer["project"]["modules"] == ["tools.py"]
    assert (project / "notebooks" / "tools.py").is_file()
    assert "API_KEY: set this variable of the environment" in answer["project"]["to_do"]
    assert 'API_KEY = os.environ[\\"API_KEY\\"]' in next((project / "notebooks").glob("01*")).read_text()


def test_nothing_that_a_folder_may_hold_ends_the_look(adopted):
    answer, project = adopted("hostile")
    problems = {found["name"]: found["problem"] for found in answer["notebooks"]}
    for name in ("broken", "deep", "list", "no_cells", "cells_are_numbers", "binary"):
        assert problems[f"{name}.ipynb"].startswith("not a notebook: "), name
    assert problems["r.ipynb"].startswith("its kernel is r, not Python")
    assert of(answer, "old.ipynb")["remark"].startswith("nbformat 3")
    assert of(answer, "old.ipynb")["cells"] == 1
    assert {line.split(":")[0] for line in answer["passed_over"]} == {"link.csv", "linked", "loop", "linked.ipynb"}
    assert answer["chosen"] == "good.ipynb"
    assert not list(project.rglob("secret.csv"))


def test_cells_that_are_not_python_are_left_out_and_told(adopted):
    answer, project = adopted("hostile")
    left_out = answer["project"]["left_out"]
    assert {int(line.split(":")[0].split()[1]) for line in left_out} == {1, 2, 3, 4, 5, 6}
    sources = [c.source for c in read_notebook(project / "notebooks" / "01_good.ipynb").code]
    assert sources[1:] == ["if True:\n    a = 1\n    pass", "b = 2", "eval('1')\nb += 1"]


def test_a_pickle_is_never_loaded(tmp_path, adopted):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "exploded"),)

    folder = tmp_path / "f"
    write(folder / "m.pkl", pickle.dumps(Bomb()))
    write(
        folder / "a.ipynb",
        notebook(code("import pandas as pd\nx = pd.read_pickle('m.pkl')\nopen('o.txt', 'w').write('1')")),
    )
    answer = adopt(folder, tmp_path / "out")
    assert (tmp_path / "out" / "data" / "m.pkl").is_file()
    assert answer["project"]["data"][0]["file"] == "m.pkl"
    assert not (tmp_path / "exploded").exists()


def test_a_large_notebook_and_large_data_are_named_and_left_where_they_are(tmp_path, monkeypatch):
    from churn_mlops.pipelines.adopting import laying, reading

    folder = folders.shop(tmp_path / "shop")
    monkeypatch.setattr(laying, "COPIED", 10)
    monkeypatch.setattr(reading, "LARGEST", (folder / "model_v1.ipynb").stat().st_size)
    answer = adopt(folder, tmp_path / "out", "model_v1.ipynb")
    assert "too large" in of(answer, FINAL)["problem"]
    [data] = answer["project"]["data"]
    assert (data["copied"], (tmp_path / "out" / "notebooks" / data["default"]).resolve()) == (
        False,
        folder / "data_old.csv",
    )
    assert not (tmp_path / "out" / "data").exists()


def test_cells_stand_as_they_were_run_where_only_so_every_name_is_there(tmp_path):
    cells = (text("use"), code("print(n)", 2), text("make"), code("n = [1]", 1), code("print(n, n)"), text("end"))
    cells[4]["execution_count"] = None
    write(tmp_path / "f" / "a.ipynb", notebook(*cells))
    answer = adopt(tmp_path / "f", tmp_path / "out")
    assert of(answer, "a.ipynb")["out_of_order"] == [2]
    assert (answer["project"]["order"], answer["project"]["to_do"]) == ([2, 1, 3], [])
    assert "as they were run: cells 2, 1, 3" in as_text(answer)
    made = [cell.source for cell in read_notebook(tmp_path / "out" / "notebooks" / "01_a.ipynb").cells]
    assert made[3:-1] == ["make", "n = [1]", "use", "print(n)", "print(n, n)", "end"]


def test_a_name_that_no_order_would_give_is_to_be_done(tmp_path):
    write(tmp_path / "f" / "a.ipynb", notebook(code("print(m)", 2), code("n = [1]", 1)))
    answer = adopt(tmp_path / "f", tmp_path / "out")
    assert answer["project"]["order"] == []
    assert "`m` is used before any cell has defined it" in answer["project"]["to_do"][0]


@pytest.mark.parametrize("name", ["a\nimport os.ipynb", "\x1b[31m.ipynb"])
def test_a_name_that_cannot_be_shown_is_passed_over(tmp_path, name):
    write(tmp_path / "f" / name, notebook(code("x = 1")))
    write(tmp_path / "f" / "a.ipynb", notebook(code("x = 1")))
    answer = adopt(tmp_path / "f", tmp_path / "out")
    assert [found["name"] for found in answer["notebooks"]] == ["a.ipynb"]
    assert answer["passed_over"] == [f"{name!r}: a name that cannot be shown"]


@pytest.mark.parametrize(
    ("into", "named", "told"),
    [
        ("shop/inside", "", "lies in the folder itself"),
        ("full", "", "there is something already"),
        ("out", "model_v3.ipynb", "no such notebook. Did you mean|no such notebook, did you mean|model_v1"),
        ("out", "empty.ipynb", "it has no code"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path, into, named, told):
    folder = folders.shop(tmp_path / "shop")
    write(folder / "empty.ipynb", notebook())
    write(tmp_path / "full" / "x", "")
    with pytest.raises(ConfigError, match=told):
        adopt(folder, tmp_path / into, named)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "shop"]


@pytest.mark.parametrize("given", ["nowhere", "empty"])
def test_a_folder_without_a_notebook_is_one_message_and_exit_code_2(tmp_path, given):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"Cure: the folder that holds") as error:
        adopt(tmp_path / given, tmp_path / "out")
    assert error.value.exit_code == 2


def test_the_command_answers_in_words_and_as_json(tmp_path):
    folder = folders.shop(tmp_path / "shop")
    project = Project(tmp_path, tmp_path / "runs")
    for number, more in enumerate(([], ["--json"])):
        into = str(tmp_path / f"out{number}")
        done = CliRunner().invoke(command, [str(folder), "--into", into, *more], obj=project)
        assert done.exit_code == 0, done.output
        assert into in done.output
    assert json.loads(done.stdout)["project"]["next"] == "python pipeline.py"


@pytest.mark.kernel
def test_the_laid_out_project_runs_and_its_run_holds_what_the_notebook_made(tmp_path, adopted):
    _, project = adopted("shop")
    run = [sys.executable, "pipeline.py", "--strict", "--json", "-p", "model_v2_final_actually_final.STRENGTH=0.1"]
    done = subprocess.run(run, cwd=project, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    made = {path.name for path in (project / "runs" / told["version"] / "artifacts").iterdir()}
    assert made == {"model_final.joblib", "scores.csv"}
    assert told["dataset"] == "model_v2_final_actually_final"
    again = subprocess.run(run, cwd=project, capture_output=True, text=True, timeout=300)
    assert json.loads(again.stdout)["version"] == told["version"], "nothing has changed"
