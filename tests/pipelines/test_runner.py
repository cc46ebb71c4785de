"""A run is archived whole, whether it succeeded or not, and the champion follows only a success."""

import json
import os
import re
import signal
import time
from pathlib import Path

import psutil
import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json

pytestmark = pytest.mark.kernel

KEYS = {
    *("schema", "version", "status", "dataset", "started", "finished", "seconds", "verdict", "stages"),
    *("parameters", "data", "code", "environment", "model", "gates", "promotion", "alerts", "retraining"),
    *("error", "files", "seal", "as_of", "experiment", "author", "waits", "kind"),
}


def lock_files_only(runs):
    """Whether no unfinished version is left; the locks of latest and of the index may stay."""
    return all(path.suffix == ".lock" for path in (runs / ".building").iterdir())


def only_version(runs):
    (version,) = versions.versions(runs)
    return runs / version, read_json(runs / version / "manifest.json")


def wait_for(seen, seconds=40):
    """Wait until `seen()` holds, and fail where it never does."""
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_run_leaves_all_that_the_archive_promises(tiny_run):
    project, result = tiny_run
    made = {p.relative_to(result.folder).as_posix() for p in result.folder.rglob("*") if p.is_file()}
    assert made == {
        *("manifest.json", "metrics.json", "parameters.json", "config.toml", "index.html"),
        *("model_card.html", "model_card.md", "readiness.html", "readiness.json"),
        *("source.tar", "sbom.json"),
        *("notebooks/01_make.ipynb", "notebooks/02_use.ipynb", "pages/01_make.html", "pages/02_use.html"),
        *("artifacts/number.txt", "artifacts/answer.json"),
    }
    assert result.exit_code == 0
    assert (project.runs / "latest").resolve() == result.folder
    assert result.version in (project.runs / "index.html").read_text()
    assert lock_files_only(project.runs)


def test_the_manifest_says_what_ran_on_what_with_what(tiny_run):
    _, result = tiny_run
    manifest = read_json(result.folder / "manifest.json")
    assert set(manifest) == KEYS
    assert (manifest["schema"], manifest["status"], manifest["verdict"]) == (1, "succeeded", "Succeeded")
    assert (manifest["version"], manifest["dataset"], manifest["error"]) == (result.folder.name, "shop", None)
    stage = manifest["stages"][0]
    assert (stage["name"], stage["title"], stage["status"], stage["cells"], stage["cells_run"]) == (
        *("01_make", "Make", "succeeded"),
        *(6, 6),  # five of the notebook's own, and the one with the parameters that were set
    )
    assert manifest["parameters"]["01_make"]["factor"] == 3  # from the config
    assert manifest["parameters"] == read_json(result.folder / "parameters.json")
    assert set(manifest["code"]["notebooks"]) == {"01_make", "02_use"}
    assert {"python", "platform", "packages"} <= set(manifest["environment"])
    assert 0 < manifest["seconds"] < 60
    for moment in (manifest["started"], manifest["finished"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)


def test_the_manifest_holds_the_digest_of_every_file(tiny_run):
    _, result = tiny_run
    files = read_json(result.folder / "manifest.json")["files"]
    assert "artifacts/number.txt" in files
    for name, facts in files.items():
        path = result.folder / name
        assert facts == {"sha256": digest_file(path), "bytes": path.stat().st_size}


def test_metrics_are_flat_with_a_schema_and_null_for_what_is_no_number(tiny_run):
    _, result = tiny_run
    assert read_json(result.folder / "metrics.json") == {"schema": 1, "roc_auc": 0.75, "profit": None}
    assert (result.folder / "config.toml").read_text() == (tiny_run[0].root / "configs/shop.toml").read_text()


def test_nothing_in_the_archive_names_the_machines_folders(tiny_run):
    project, result = tiny_run
    for path in result.folder.rglob("*"):
        if path.suffix in (".json", ".ipynb", ".html", ".toml"):
            assert str(project.root) not in path.read_text(), path
            assert f"{Path.home()}/" not in path.read_text(), path


def test_an_executed_notebook_opens_as_it_ran(tiny_run):
    import nbformat

    _, result = tiny_run
    notebook = nbformat.read(result.folder / "notebooks" / "02_use.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    assert "papermill" not in json.dumps([notebook.metadata, [cell.metadata for cell in notebook.cells]])


def test_a_failed_run_is_archived_with_its_traceback_and_the_stages_after_it_have_not_run(tiny_project):
    result = tiny_project.run("make.fail=<b>no luck</b>")
    folder, manifest = only_version(tiny_project.runs)
    assert result.exit_code == 1
    assert manifest["status"] == "failed"
    assert manifest["verdict"].startswith("Failed in 01_make")
    assert [stage["status"] for stage in manifest["stages"]] == ["failed", "not run"]
    assert (manifest["error"]["stage"], manifest["error"]["cell"]) == ("01_make", 6)
    assert manifest["error"]["message"] == "ValueError: <b>no luck</b>"
    assert "raise ValueError(fail)" in manifest["error"]["traceback"]
    for page in ("index.html", "pages/01_make.html"):
        text = (folder / page).read_text()
        assert "ValueError" in text
        assert "&lt;b&gt;no luck" in text
        assert "<b>no luck" not in text
    assert "This stage has not run" in (folder / "pages" / "02_use.html").read_text()
    assert "02_use" in (folder / "index.html").read_text()
    assert (tiny_project.runs / "latest").resolve() == folder.resolve()
    assert not (tiny_project.runs / "registry" / "shop" / "champion.json").exists()
    assert lock_files_only(tiny_project.runs)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_ctrl_c_ends_the_kernels_and_archives_the_run_as_interrupted(tiny_project):
    process = tiny_project.start("--config", "configs/shop.toml", "-p", "make.sleep_s=60")
    wait_for(lambda: list(tiny_project.runs.glob(".building/*/artifacts/number.txt")))
    kernels = psutil.Process(process.pid).children(recursive=True)
    assert kernels
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=12)
    assert process.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    assert psutil.wait_procs(kernels, timeout=5)[1] == []
    _, manifest = only_version(tiny_project.runs)
    assert (manifest["status"], manifest["error"]["kind"]) == ("failed", "Interrupted")
    assert manifest["verdict"].startswith("Interrupted in 01_make")
    assert lock_files_only(tiny_project.runs)


def test_two_runs_at_once_both_finish(tiny_project):
    started = [tiny_project.start("--config", "configs/shop.toml", "-p", f"make.factor={n}") for n in (2, 4)]
    told = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0], told
    known = versions.versions(tiny_project.runs)
    assert len(known) == 2
    assert {versions.read_metrics(tiny_project.runs, version)["roc_auc"] for version in known} == {0.5, 1.0}
    assert (tiny_project.runs / "latest").resolve().name == known[0]
    assert all(version in (tiny_project.runs / "index.html").read_text() for version in known)
    assert lock_files_only(tiny_project.runs)


def test_a_home_directory_that_cannot_be_written_is_no_obstacle(tiny_project, tmp_path):
    (tmp_path / "file").write_text("so that nothing can be made below it, not even by root")
    gone = {"HOME": str(tmp_path / "file" / "home"), "PATH": os.environ["PATH"]}
    process = tiny_project.start("--config", "configs/shop.toml", "--json", env=gone)
    out, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    answer = json.loads(out)
    assert (answer["status"], answer["metrics"]["roc_auc"]) == ("succeeded", 0.75)
    assert set(answer) == {"version", "status", "verdict", "dataset", "seconds", "error", "metrics", "folder"}
