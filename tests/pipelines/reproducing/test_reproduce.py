"""A version is made again from the archive alone; whatever was changed in it is named."""

import json
import shutil

import pytest
from tests.pipelines.reproducing.conftest import SOURCE, change, change_source, names_in, seal_anew

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ArchiveDamaged, ConfigError
from churn_mlops.pipelines.governance.asking import known_model
from churn_mlops.pipelines.reproducing.reproduce import reproduce
from churn_mlops.registry.audit.log import read_log

pytestmark = pytest.mark.kernel


def again(project, version, **options):
    return reproduce(project.runs, version, same_env=True, tell=lambda line: None, **options)


def digests(runs):
    return {path: digest_file(path) for path in runs.rglob("*") if path.is_file() and "registry" not in path.parts}


def test_it_is_identical_without_anything_of_the_project_but_its_archive(copied, tmp_path, monkeypatch):
    project, version = copied
    for path in project.root.iterdir():  # nothing is left of the sources and the data
        if path.name != "runs":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    before = digests(project.runs)
    monkeypatch.chdir(tmp_path)
    found = again(project, version, into=tmp_path / "clean")
    assert (found["verdict"], found["stage"], found["metrics"]) == ("identical", None, [])
    assert not any(found["inputs"].values())
    assert digests(project.runs) == before
    record = read_log(project.runs / "registry/shop")[-1]
    assert (record.kind, record.facts["verdict"], record.facts["version"]) == ("reproduction", "identical", version)
    assert record.facts["seal"] == read_manifest(project.runs, version)["seal"]
    assert (tmp_path / "clean/notebooks/helper.py").is_file()


def test_a_changed_line_of_a_helper_is_named_though_all_digests_fit(copied):
    project, version = copied
    helper = ("notebooks/helper.py", "number * factor", "number * factor + 1")
    change_source(project.runs / version / SOURCE, *helper, consistently=True)
    seal_anew(project.runs, version)
    found = again(project, version)
    assert (found["verdict"], found["stage"]) == ("different", "01_make")
    assert found["attribution"] == "Only the module helper.py differs, and what follows from it."
    assert [entry["name"] for entry in found["outputs"]] == ["number.txt"]
    assert [entry["name"] for entry in found["inputs"]["modules"]] == ["helper.py"]


@pytest.mark.nightly
def test_a_changed_parameter_is_named_though_all_digests_fit(copied):
    project, version = copied
    given = project.runs / version / "parameters.json"
    change(given, lambda content: content.replace(b'"factor": 3', b'"factor": 4'))
    seal_anew(project.runs, version)
    found = again(project, version)
    assert (found["verdict"], found["stage"]) == ("different", "01_make")
    assert found["attribution"] == "Only the parameter make.factor differs, and what follows from it."


@pytest.mark.nightly
def test_a_stage_that_fails_is_named_with_its_error_and_its_changed_cell(copied):
    project, version = copied
    cell = ("notebooks/02_use.ipynb", "int(Path(run_dir)", "float('x') + int(Path(run_dir)")
    change_source(project.runs / version / SOURCE, *cell, consistently=True)
    seal_anew(project.runs, version)
    found = again(project, version)
    assert (found["verdict"], found["stage"]) == ("failed", "02_use")
    assert "could not convert string to float" in found["error"]["message"]
    assert found["attribution"] == "Only the code of 02_use (cell 4) differs, and what follows from it."


# ---- what is refused before anything is run


def flip(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    ("name", "alter", "named"),
    [
        ("artifacts/read/table.parquet", flip, ""),
        ("artifacts/answer.json", flip, ""),
        ("config.toml", flip, ""),
        ("parameters.json", lambda old: old.replace(b": 3", b": 4"), "the parameter make.factor was 3 and is 4"),
        ("sbom.json", flip, ""),
    ],
)
def test_one_changed_byte_is_named_and_nothing_is_run(copied, name, alter, named):
    project, version = copied
    change(project.runs / version / name, alter)
    with pytest.raises(ArchiveDamaged, match=rf"{version}/{name}: the manifest says digest.*{named}"):
        again(project, version)


def test_one_changed_line_of_a_source_is_named_within_its_archive(copied):
    project, version = copied
    change_source(project.runs / version / SOURCE, "notebooks/helper.py", "factor\n", "factor + 0\n", False)
    with pytest.raises(ArchiveDamaged, match=rf"{SOURCE}: .*in it, `notebooks/helper.py` is not what its list says"):
        again(project, version)


def test_a_version_that_was_sealed_anew_is_told_by_the_audit_log(copied):
    project, version = copied
    shutil.copytree(project.runs / "registry", project.root / "kept")
    change(project.runs / version / "config.toml", lambda content: content + b"\n# later\n")
    seal_anew(project.runs, version)
    shutil.copytree(project.root / "kept", project.runs / "registry")
    with pytest.raises(ArchiveDamaged, match="sealed anew after the run was published"):
        again(project, version)


def test_a_version_without_its_source_is_refused_with_what_to_do(copied):
    project, version = copied
    manifest = read_manifest(project.runs, version)
    (project.runs / version / SOURCE).unlink()
    change(project.runs / version / "manifest.json", lambda _: json.dumps(without(manifest, SOURCE)).encode())
    seal_anew(project.runs, version)
    with pytest.raises(ConfigError, match=rf"it has no {SOURCE}.*Cure: run the pipeline again"):
        again(project, version)


def without(manifest: dict, name: str) -> dict:
    return manifest | {"files": {other: facts for other, facts in manifest["files"].items() if other != name}}


def test_a_run_that_failed_is_refused_with_what_to_do(copied):
    project, version = copied
    manifest = read_manifest(project.runs, version)
    change(project.runs / version / "manifest.json", lambda _: json.dumps(manifest | {"status": "failed"}).encode())
    seal_anew(project.runs, version)
    with pytest.raises(ConfigError, match=r"the run failed.*Cure: python pipeline.py debug"):
        again(project, version)


def test_a_folder_that_holds_something_is_refused(copied, tmp_path):
    project, version = copied
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    with pytest.raises(ConfigError, match="expected an empty folder"):
        again(project, version, into=tmp_path / "full")


# ---- what a run archives of itself


def test_the_source_holds_what_the_run_was_made_from_and_not_its_data(shop):
    project, version = shop
    names = names_in(project.runs / version / SOURCE)
    assert {"pipeline.py", "notebooks/01_make.ipynb", "notebooks/helper.py", "configs/shop.toml"} <= set(names)
    assert {"lib/churn_mlops/__init__.py", "lib/churn_mlops/reports/templates/style.css"} <= set(names)
    assert not [name for name in names if name.endswith((".csv", ".pyc")) or name.startswith(("runs/", "/"))]


def test_the_version_stands_among_the_models_with_what_came_of_it(shop):
    project, version = shop
    assert (project.runs / version / "sbom.json").is_file()
    with pytest.raises(ConfigError):  # it made no model, so there is none to show
        known_model(project.runs, version)
