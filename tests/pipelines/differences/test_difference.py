"""Two runs are told apart by what was put into them, one section each, and a sentence says what it comes from."""

import copy
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.pipelines.differences.difference import difference
from churn_mlops.pipelines.differences.metrics import changed_metrics
from churn_mlops.pipelines.differences.text import difference_text
from churn_mlops.pipelines.stage import Stage

A, B = "20260101-000000-aaaaaa", "20260102-000000-bbbbbb"
STAGES = (Stage("01_make", writes=("tables/",)), Stage("02_use", writes=("model.skops",)))
CONFIG = """[dataset]
name = "shop"
source = "shop.csv"

[money]
offer_cost = 5
"""
SECTIONS = ("definition", "definition_lines", "cells", "parameters", "data", "moment", "modules", "code")
SECTIONS += ("packages", "environment", "artifacts", "metrics")


def recorded(stage):
    """What the runner records of a stage's inputs."""
    return {
        "cells": f"cells of {stage}",
        "reads": {"01_make": {"shop.csv": "raw"}, "02_use": {"tables/table.parquet": "t"}}[stage],
        "watches": {"champion": None, "today": "2026-01-01"} if stage == "02_use" else {},
        "modules": {"churn_mlops/plots.py": "p", f"churn_mlops/{stage}.py": "m"},
        "packages": {"pandas": "3.1.0"},
        "python": "3.11.7",
        "platform": "linux-x86_64",
    }


def spec():
    """Everything that a small archived run holds."""
    given = {"01_make": {"config": "../configs/shop.toml", "data": ""}, "02_use": {"folds": 3}}
    code = {"git_commit": "c" * 40, "git_dirty": False, "library": "l", "lock": "k"}
    return {
        "config": CONFIG,
        "given": given,
        "cells": {
            "01_make": ['config: str = ""', "read(config)", "save()"],
            "02_use": ["folds: int = 3\nseed: int = 0", "fit()", "score(1)\nsave()"],
        },
        "metrics": {"roc_auc": 0.8, "roc_auc_low": 0.78, "roc_auc_high": 0.82, "rows": 100, "brier": None},
        "manifest": {
            "dataset": "shop",
            "status": "succeeded",
            "verdict": "Succeeded",
            "error": None,
            "stages": [{"name": n, "status": "succeeded", "inputs": recorded(n)} for n in ("01_make", "02_use")],
            "data": {"source": "shop.csv", "version": "v", "newest": "2026-01-01", "rows": 100, "rows_quarantined": 0},
            "code": {**code, "notebooks": {"01_make": "n1", "02_use": "n2"}},
            "environment": {"python": "3.11.7", "platform": "Linux", "packages": {"pandas": "3.1.0", "numpy": "2.4"}},
            "promotion": {"champion_before": None},
        },
        "artifacts": {"tables/table.parquet": "t", "model.skops": "m"},
    }


def notebook(version, stage, cells):
    """As the runner leaves it: the given parameters in a cell of their own, after the first."""
    code = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": s} for n, s in enumerate(cells)]
    code[0]["metadata"]["tags"] = ["parameters"]
    injected = {"cell_type": "code", "id": version, "metadata": {"tags": ["injected-parameters"]}, "source": version}
    return {"cells": [{"cell_type": "markdown", "metadata": {}, "source": version}, code[0], injected, *code[1:]]}


def write(runs, version, run):
    """Write the archive of one run."""
    folder = runs / version
    (folder / "notebooks").mkdir(parents=True)
    for stage, cells in run["cells"].items():
        (folder / "notebooks" / f"{stage}.ipynb").write_text(json.dumps(notebook(version, stage, cells)))
    places = {"run_dir": f"../runs/.building/{version}/artifacts"}
    parameters = {stage: {**places, **given} for stage, given in run["given"].items()}
    files = {f"artifacts/{name}": {"sha256": digest} for name, digest in run["artifacts"].items()}
    (folder / "config.toml").write_text(run["config"])
    (folder / "parameters.json").write_text(json.dumps(parameters))
    (folder / "metrics.json").write_text(json.dumps({"schema": 1, **run["metrics"]}))
    (folder / "manifest.json").write_text(json.dumps({"version": version, **run["manifest"], "files": files}))


def compared(runs, change):
    """The difference of the small run from itself with one change, and the change there and back."""
    before, after = spec(), spec()
    change(after)
    write(runs, A, before)
    write(runs, B, after)
    return difference(runs, A, B, STAGES), difference(runs, B, A, STAGES)


def differing(found):
    return {name for name in SECTIONS if found[name]}


def put(*path, value):
    """A change that sets one value of the run."""

    def change(run):
        for key in path[:-1]:
            run = run[key]
        run[path[-1]] = value

    return change


def both(*changes):
    def change(run):
        for one in changes:
            one(run)

    return change


def inputs(stage, *path, value):
    return put("manifest", "stages", stage, "inputs", *path, value=value)


MODULE = inputs(1, "modules", "churn_mlops/02_use.py", value="other")
MODEL = both(put("artifacts", "model.skops", value="other"), put("metrics", "roc_auc", value=0.81))
COMMIT = put("manifest", "code", "git_commit", value="d" * 40)
CELL = put("cells", "02_use", 2, value="score(2)\nsave()")
NO_INPUTS = both(*(put("manifest", "stages", n, "inputs", value=None) for n in (0, 1)))
FOLDS_IN_CONFIG = put("config", value=CONFIG + "\n[use]\nfolds = 5\n")

CHANGES = {
    "a parameter": (put("given", "02_use", "folds", value=5), {"parameters"}, "the parameter use.folds"),
    "a parameter set over its default": (put("given", "02_use", "seed", value=1), {"parameters"}, "use.seed"),
    "a default": (
        put("cells", "02_use", 0, value="folds: int = 3\nseed: int = 1"),
        {"cells", "parameters"},
        "the parameter use.seed",
    ),
    "a parameter by the config": (
        both(put("given", "02_use", "folds", value=5), FOLDS_IN_CONFIG),
        {"definition_lines", "parameters"},
        "the parameter use.folds",
    ),
    "a value of the definition": (
        put("config", value=CONFIG.replace("5", "6")),
        {"definition", "definition_lines"},
        "the definition's money.offer_cost",
    ),
    "a comment": (put("config", value=CONFIG + "# hm\n"), {"definition_lines"}, "the text of the definition"),
    "a cell": (CELL, {"cells"}, "the code of 02_use (cell 4)"),
    "a new cell": (lambda run: run["cells"]["02_use"].append("plot()"), {"cells"}, "the code of 02_use (cell 5)"),
    "a stage": (
        both(lambda run: run["manifest"]["stages"].pop(), lambda run: run["cells"].pop("02_use")),
        {"cells"},
        "the stage 02_use (only in A)",
    ),
    "the data": (
        both(inputs(0, "reads", "shop.csv", value="new"), put("manifest", "data", "version", value="w")),
        {"data"},
        "the data",
    ),
    "the data, by runs that recorded no file": (put("manifest", "data", "rows", value=101), {"data"}, "the data"),
    "the data's file alone": (inputs(0, "reads", "shop.csv", value="new"), {"data"}, "the file shop.csv"),
    "a module": (MODULE, {"modules"}, "the module churn_mlops/02_use.py"),
    "a module and so the library and the commit": (
        both(MODULE, COMMIT, put("manifest", "code", "library", value="other")),
        {"modules", "code"},
        "the module churn_mlops/02_use.py",
    ),
    "the commit": (COMMIT, {"code"}, "the git commit"),
    "the tree": (put("manifest", "code", "git_dirty", value=True), {"code"}, "whether the working tree was clean"),
    "a package": (
        put("manifest", "environment", "packages", "numpy", value="2.5"),
        {"packages"},
        "the package numpy",
    ),
    "a package that only a stage has": (inputs(1, "packages", "skops", value="1"), {"packages"}, "the package skops"),
    "Python": (put("manifest", "environment", "python", value="3.12.1"), {"environment"}, "Python"),
    "the platform": (put("manifest", "environment", "platform", value="macOS"), {"environment"}, "the platform"),
    "the champion": (inputs(1, "watches", "champion", value=A), {"moment"}, "the champion of the moment"),
    "the day": (inputs(1, "watches", "today", value="2026-01-02"), {"moment"}, "the day"),
    "the definition's path": (
        put("given", "01_make", "config", value="../configs/copy.toml"),
        {"parameters"},
        "the parameter make.config",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_single_change_is_told_in_its_section_and_named_as_the_only_one(tmp_path, name):
    change, sections, named = CHANGES[name]
    there, back = compared(tmp_path, change)
    for found in (there, back):
        assert differing(found) == sections
        assert found["attribution"].startswith("Only ")
        assert found["attribution"].endswith(" differs, and nothing follows from it.")
    assert named in there["attribution"]


@pytest.mark.parametrize("name", CHANGES)
def test_what_follows_from_a_single_change_is_not_taken_for_another(tmp_path, name):
    change, sections, named = CHANGES[name]
    found, _ = compared(tmp_path, both(change, MODEL))
    assert differing(found) == sections | {"artifacts", "metrics"}
    assert named in found["attribution"]
    assert found["attribution"].endswith(" differs, and what follows from it.")
    assert found["artifacts_equal"] == 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_run_does_not_differ_from_itself(tmp_path, name):
    run = spec()
    CHANGES[name][0](run)
    write(tmp_path, A, run)
    found = difference(tmp_path, A, A, STAGES)
    assert differing(found) == set()
    assert found["attribution"] == "Nothing differs: both runs are the same."
    assert len(difference_text(found).splitlines()) == 4


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            both(CELL, MODULE, MODEL),
            "Several things differ: the code of 02_use (cell 4) and the module churn_mlops/02_use.py; "
            "what follows from each alone cannot be told from these two runs.",
        ),
        (
            both(put("given", "02_use", "folds", value=5), inputs(1, "watches", "champion", value=A), MODEL),
            "Only the parameter use.folds differs, and what follows from it; the champion of the moment differs "
            "as well.",
        ),
        (
            both(*(put("given", "02_use", f"p{n}", value=n) for n in range(7))),
            "Several things differ: 7 parameters; nothing follows.",
        ),
        (
            MODEL,
            "No input on record differs, and 1 artifact and 1 metric differ: something undeclared had a part in it, "
            "such as the time, chance without a seed, or a file that no stage declares.",
        ),
    ],
)
def test_several_changes_or_none_on_record_are_said_as_such(tmp_path, change, sentence):
    assert compared(tmp_path, change)[0]["attribution"] == sentence


def test_a_run_that_failed_before_a_stage_does_not_make_that_stage_differ(tmp_path):
    failed = both(
        put("given", "01_make", "fail", value="no luck"),
        lambda run: run["cells"].pop("02_use"),
        put("artifacts", value={}),
        put("metrics", value={}),
        *(put("manifest", key, value=None) for key in ("data", "promotion")),
        put("manifest", "status", value="failed"),
        put("manifest", "error", value={"message": "ValueError: no luck\nmore"}),
        NO_INPUTS,
        put("manifest", "stages", 1, value={"name": "02_use", "status": "not run"}),
    )
    found, _ = compared(tmp_path, failed)
    assert differing(found) == {"parameters", "artifacts", "metrics"}
    assert found["attribution"] == "Only the parameter make.fail differs, and what follows from it."
    assert "ValueError: no luck\n" in difference_text(found)


@pytest.mark.parametrize(
    ("change", "sections", "named"),
    [
        (put("manifest", "code", "library", value="other"), {"modules", "code"}, "Only the library differs"),
        (put("manifest", "promotion", "champion_before", value=A), {"moment"}, "Only the champion of the moment"),
        (CELL, {"cells"}, "Only the code of 02_use"),
    ],
)
def test_runs_that_did_not_record_the_inputs_of_stages_are_told_by_their_manifests(tmp_path, change, sections, named):
    before, after = copy.deepcopy(spec()), spec()
    for run in (before, after):
        NO_INPUTS(run)
    change(after)
    write(tmp_path, A, before)
    write(tmp_path, B, after)
    found = difference(tmp_path, A, B, STAGES)
    assert differing(found) == sections
    assert found["attribution"].startswith(named)


def test_simulated_data_follows_from_the_definition(tmp_path):
    simulated = put("manifest", "data", "source", value="simulator")
    before, after = spec(), spec()
    for run in (before, after):
        simulated(run)
    put("manifest", "data", "version", value="w")(after)
    put("config", value=CONFIG.replace("5", "6"))(after)
    write(tmp_path, A, before)
    write(tmp_path, B, after)
    found = difference(tmp_path, A, B, STAGES)
    assert found["data"]
    assert found["attribution"].startswith("Only the definition's money.offer_cost differs")


def test_the_text_shows_each_change_with_its_place(tmp_path):
    change = both(CELL, MODEL, MODULE, put("given", "02_use", "folds", value=5), put("metrics", "lift", value=2.0))
    change = both(change, put("metrics", "roc_auc_low", value=0.9), put("metrics", "roc_auc_high", value=0.95))
    text = difference_text(compared(tmp_path, change)[0])
    for line in (
        f"A  {A} (shop): Succeeded",
        "  02_use, cell 4\n    @@ -1,2 +1,2 @@\n    -score(1)\n    +score(2)\n     save()",
        "  use.folds: 3 -> 5",
        "  changed churn_mlops/02_use.py  (02_use)",
        "Artifacts (1 equal)\n  changed model.skops  (02_use)",
        "roc_auc  0.8000  (0.7800 to 0.8200)  0.8100  (0.9000 to 0.9500)    +0.0100  *",
        "only in B",
    ):
        assert line in text


def test_comparing_loads_nothing_heavy():
    heavy = "{'pandas', 'numpy', 'nbformat', 'papermill', 'rich', 'IPython'}"
    modules = (
        "churn_mlops.cli.door, churn_mlops.pipelines.differences.difference, churn_mlops.pipelines.differences.text"
    )
    script = f"import sys, churn_mlops.pipelines.naming, {modules}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


numbers = st.floats(-1e6, 1e6) | st.integers(-1000, 1000) | st.none()
metrics = st.dictionaries(st.sampled_from(["x", "x_low", "x_high", "y", "z", "z_low", "z_high"]), numbers)


@pytest.mark.slow
@given(metrics, metrics)
def test_the_difference_the_other_way_round_is_the_negative(a, b):
    there = {entry["name"]: entry for entry in changed_metrics(a, b)}
    back = {entry["name"]: entry for entry in changed_metrics(b, a)}
    assert there.keys() == back.keys()
    for name, entry in there.items():
        assert (entry["a"], entry["b"], entry["apart"]) == (back[name]["b"], back[name]["a"], back[name]["apart"])
        other = back[name]["difference"]
        assert entry["difference"] == (None if other is None else -other)


@given(metrics)
def test_metrics_do_not_differ_from_themselves(a):
    assert changed_metrics(a, dict(a)) == []


@pytest.mark.kernel
def test_two_runs_of_which_one_was_given_another_parameter_differ_in_that_and_what_follows(tiny_project):
    project, first = tiny_project, tiny_project.run()
    second = project.run("make.factor=4")
    found = difference(project.runs, first.version, second.version, project.stages)
    assert differing(found) == {"parameters", "artifacts", "metrics"}
    assert found["parameters"] == [{"stage": "01_make", "name": "factor", "a": 3, "b": 4}]
    assert {entry["name"]: entry["stage"] for entry in found["artifacts"]} == {
        "number.txt": "01_make",
        "answer.json": "02_use",
    }
    assert [(entry["name"], entry["difference"]) for entry in found["metrics"]] == [("roc_auc", 0.25)]
    assert found["attribution"] == "Only the parameter make.factor differs, and what follows from it."
    process = project.start("diff", first.version, "latest")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out == difference_text(found) + "\n"
