"""A grid is ordinary runs side by side: common stages once, the champion untouched, none left behind."""

import json
import os
import signal
import time

import psutil
import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.files import read_json

pytestmark = pytest.mark.kernel
CONFIG = ("--config", "configs/shop.toml")


def run(project, *arguments, timeout=120):
    process = project.start(*CONFIG, *arguments)
    out, told = process.communicate(timeout=timeout)
    return process.returncode, out, told


def wait_for(seen, seconds=60):
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def promising_project(tiny_project, notebook):
    """The small project with a `bias` in its second stage, whose every result would become champion."""
    promotion = '{"promoted": true, "reason": "good", "expected_generation": 0, "champion_before": null}'
    notebook(
        tiny_project.root / "notebooks" / "02_use.ipynb",
        'run_dir: str = "../runs/lab"  # folder of the run\nbias: int = 0  # is added\nnote: str = ""  # any text',
        "from pathlib import Path\nfrom churn_mlops.archive.scraps import glue_metrics\nfolder = Path(run_dir)",
        "number = int(folder.joinpath('number.txt').read_text()) + bias",
        "if bias == 13:\n    raise ValueError('no luck')",
        "folder.joinpath('answer.json').write_text(str(number))\nfolder.joinpath('model.skops').write_text(str(number))",
        f"folder.joinpath('promotion.json').write_text('{promotion}')",
        """folder.joinpath('gates.json').write_text('[{"name": "sound", "passed": true}]')""",
        "from churn_mlops.archive.digest import digest_file\nimport json",
        "model = {'digest': digest_file(folder / 'model.skops'), 'name': note}",
        "folder.joinpath('model.json').write_text(json.dumps(model))",
        "glue_metrics({'roc_auc': number / 100, 'profit': 1000.0 + bias})",
    )
    pipeline = tiny_project.root / "pipeline.py"
    more = '"answer.json", "model.skops", "model.json", "promotion.json", "gates.json"'
    pipeline.write_text(pipeline.read_text().replace('"answer.json",', f"{more},"))
    return tiny_project


def test_a_list_makes_a_version_each_and_one_page(tiny_project):
    code, out, told = run(tiny_project, "-p", "make.factor=2,3,4", "--json")
    assert code == 0, told
    grid = json.loads(out)
    assert [row["parameters"] for row in grid["settings"]] == [{"make.factor": n} for n in (2, 3, 4)]
    assert [row["metrics"]["roc_auc"] for row in grid["settings"]] == [0.5, 0.75, 1.0]
    assert {row["version"] for row in grid["settings"]} == set(versions.versions(tiny_project.runs))
    assert (grid["schema"], grid["status"], grid["best"], len(grid["settings"])) == (1, "succeeded", 3, 3)
    folder = tiny_project.runs / "grids" / grid["grid"]
    assert read_json(folder / "grid.json") == {name: v for name, v in grid.items() if name != "folder"}
    page = (folder / "index.html").read_text()
    assert all(f'href="../../{row["version"]}/index.html"' in page for row in grid["settings"])
    assert f"grids/{grid['grid']}/index.html" in (tiny_project.runs / "index.html").read_text()


def test_common_stages_run_once_the_champion_stays_and_the_best_can_be_run_for_good(promising_project):
    runs = promising_project.runs
    code, out, told = run(promising_project, "-p", "use.bias=1,3,2", "-p", "use.note=a, b")
    assert code == 0, told
    manifests = {v: versions.read_manifest(runs, v) for v in versions.versions(runs)}
    assert sorted(m["stages"][0]["status"] for m in manifests.values()) == ["reused", "reused", "succeeded"]
    assert all(m["verdict"].startswith("Succeeded: an experiment") for m in manifests.values())
    assert not (runs / "registry" / "shop" / "champion.json").exists()
    assert "python pipeline.py --config configs/shop.toml -p use.bias=3 -p 'use.note=[\"a, b\"]'" in out
    chosen = ("-p", "use.bias=3", "-p", 'use.note=["a, b"]')
    for verdict in ("Succeeded: became champion", "Nothing to do"):
        code, out, told = run(promising_project, *chosen)
        assert (code, verdict in out) == (0, True), told
    champion = read_json(runs / "registry" / "shop" / "champion.json")
    assert champion["version"] not in manifests
    stages = versions.read_manifest(runs, champion["version"])["stages"]
    assert [stage["status"] for stage in stages] == ["reused", "reused"]


def test_a_wrong_value_among_them_stops_everything_before_any_kernel(tiny_project):
    (tiny_project.root / "grid.csv").write_text("make.sleep_s\n0\nlong\n")
    code, _, told = run(tiny_project, "-p", "make.factor=2,x,4", "-p", "make.factr=1", "--grid", "grid.csv")
    assert code == 2
    assert told.startswith("error: 3 wrong parameters:")
    assert "grid.csv, line 3: make.sleep_s: 'long'" in told
    assert not tiny_project.runs.exists() or versions.versions(tiny_project.runs) == []
    assert not (tiny_project.runs / "grids").exists()


def test_a_setting_that_fails_stops_no_other_and_gives_the_exit_code(promising_project):
    (promising_project.root / "grid.toml").write_text("[[setting]]\nuse.bias = 13\n[[setting]]\nuse.bias = 1\n")
    code, out, told = run(promising_project, "--grid", "grid.toml", "--jobs", "1")
    assert code == 1, told
    assert "failed: ValueError: no luck" in out
    (path,) = promising_project.runs.glob("grids/*/grid.json")
    grid = read_json(path)
    assert [row["status"] for row in grid["settings"]] == ["failed", "succeeded"]
    assert (grid["status"], grid["best"], grid["exit_code"]) == ("failed", 2, 1)
    assert "no luck" in path.with_name("index.html").read_text()


def test_a_dry_run_says_what_each_setting_would_do(tiny_project):
    code, out, told = run(tiny_project, "-p", "make.factor=2,3", "--dry-run")
    assert code == 0, told
    assert "1 of 2: make.factor=2\n01_make  run: " in out
    assert "2 of 2: make.factor=3" in out
    assert not (tiny_project.runs / "grids").exists()


def sleeping(project):
    """A grid whose two runs sleep, and all processes below it."""
    process = project.start(*CONFIG, "-p", "make.factor=2,3,4", "-p", "make.sleep_s=60", "--jobs", "2")
    wait_for(lambda: len(list(project.runs.glob(".building/*/artifacts/number.txt"))) == 2)
    return process, psutil.Process(process.pid).children(recursive=True)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_ctrl_c_ends_all_runs_each_archived_as_interrupted(tiny_project):
    process, below = sleeping(tiny_project)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert psutil.wait_procs(below, timeout=5)[1] == []
    (path,) = tiny_project.runs.glob("grids/*/grid.json")
    assert [row["status"] for row in read_json(path)["settings"]] == ["interrupted", "interrupted", "not run"]
    verdicts = [versions.read_manifest(tiny_project.runs, v)["verdict"] for v in versions.versions(tiny_project.runs)]
    assert len(verdicts) == 2
    assert all(verdict.startswith("Interrupted in 01_make") for verdict in verdicts)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_no_run_outlives_a_grid_that_was_killed(tiny_project):
    process, below = sleeping(tiny_project)
    process.kill()
    process.communicate(timeout=30)
    assert psutil.wait_procs(below, timeout=20)[1] == []


def test_no_secret_of_a_setting_stands_in_what_the_grid_writes(promising_project):
    path = promising_project.root / "notebooks" / "02_use.ipynb"
    path.write_text(path.read_text().replace("note: str", "api_token: str"))
    path.write_text(path.read_text().replace("'name': note", "'name': 1"))
    secrets = ("hunter2-correct-horse", "another-battery-staple")
    code, out, told = run(promising_project, "-p", f"use.api_token=[{','.join(secrets)}]")
    assert code == 0, told
    assert not [secret for secret in secrets if secret in out + told]
    (folder,) = promising_project.runs.glob("grids/*")
    for file in (folder / "grid.json", folder / "index.html", promising_project.runs / "index.html"):
        assert not [secret for secret in secrets if secret in file.read_text()], file
    assert "[secret" in (folder / "grid.json").read_text()
