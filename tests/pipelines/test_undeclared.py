"""What a stage may open is what it declares; everything else of the project is told with the cell and a cure."""

from dataclasses import replace
from pathlib import Path

import pytest

from churn_mlops.pipelines.stage import Stage
from churn_mlops.pipelines.undeclared import Declared, as_failure, find_undeclared, free_folders

STAGE = Stage("03_train", reads=("features.parquet", "tables/"), writes=("model.skops", "plots/"))
NETWORK = Stage("03_train", watches=("network",))
SITE = "lib/python3/site-packages/pandas"


@pytest.fixture
def declared(tmp_path):
    """A project, its archive below it, and a stage that declares a bit of everything."""
    root, runs = tmp_path / "shop", tmp_path / "shop" / "runs"
    artifacts = runs / ".building" / "7" / "artifacts"
    artifacts.mkdir(parents=True)
    for name in ("features.parquet", "gates.json", "left.txt"):
        (artifacts / name).touch()
    return Declared(
        STAGE,
        root,
        runs,
        artifacts,
        others=("gates.json", "features.parquet", "later.json"),
        modules=frozenset({"own/helper.py", "beside.py"}),
        sources=(f"{root}/notebooks", f"{root}/lib"),
        files=frozenset({f"{root}/configs/shop.toml", f"{root}/configs/prices.csv"}),
        folders=(f"{root}/maps", f"{runs}/registry/shop", f"{runs}/5"),
        free=(f"{root}/.venv", f"{runs}/.cache"),
        known=((f"{root}/data/shop.csv", "data"),),
    )


A = "runs/.building/7/artifacts"
ALLOWED = {
    "an artifact that it reads": ("read", f"{A}/features.parquet"),
    "one in a folder that it reads": ("read", f"{A}/tables/calls.parquet"),
    "an artifact that it writes": ("write", f"{A}/model.skops"),
    "a folder that it renames into place": ("write", f"{A}/plots"),
    "what it has written itself": ("read", f"{A}/plots/roc.png"),
    "a file of its own that is gone again": ("write", f"{A}/.model.skops.k3j"),
    "reading that": ("read", f"{A}/.model.skops.k3j"),
    "a module that its key knows": ("read", "lib/own/helper.py"),
    "one beside the notebook": ("read", "notebooks/beside.py"),
    "its bytecode": ("read", "lib/own/__pycache__/helper.cpython-311.pyc"),
    "writing its bytecode": ("write", "lib/own/__pycache__/helper.cpython-311.pyc.140"),
    "the definition": ("read", "configs/shop.toml"),
    "a declared file": ("read", "configs/prices.csv"),
    "one in a declared folder": ("read", "maps/north/a.json"),
    "the champion pointer": ("read", "runs/registry/shop/champion.json"),
    "the champion's model": ("read", "runs/5/artifacts/model.skops"),
    "a cache": ("write", "runs/.cache/matplotlib/fonts.json"),
    "the environment": ("read", f".venv/{SITE}/core.py"),
}
NOT_ALLOWED = {
    "another stage's artifact": ("read", f"{A}/gates.json", "gates.json", "`reads` of 03_train"),
    "one that is not made yet": ("read", f"{A}/later.json", "later.json", "`reads` of 03_train"),
    "writing what it reads": ("write", f"{A}/features.parquet", "features.parquet", "`writes` of 03_train"),
    "a file that it leaves there": ("write", f"{A}/left.txt", "left.txt", "`writes` of 03_train"),
    "another file": ("read", "configs/extra.csv", "configs/extra.csv", "`files` of 03_train in pipeline.py"),
    "the data without the parameter": ("read", "data/shop.csv", "data/shop.csv", "parameter `data`"),
    "a module by a computed name": ("read", "lib/own/plugin.py", "lib/own/plugin.py", "import it by its name"),
    "its bytecode": ("write", "lib/own/__pycache__/plugin.cpython-311.pyc.9", "lib/own/plugin.py", "import it"),
    "changing a module": ("write", "lib/own/helper.py", "lib/own/helper.py", "run's artifacts"),
    "a notebook": ("read", "notebooks/03_train.ipynb", "notebooks/03_train.ipynb", "`files`"),
    "a file beside the run's artifacts": ("read", "runs/.building/7/config.toml", None, "what this run has made"),
    "another version": ("read", "runs/4/artifacts/model.skops", "runs/4/artifacts/model.skops", "`champion`"),
    "another dataset's champion": ("read", "runs/registry/b/champion.json", "runs/registry/b/champion.json", "dataset"),
    "moving the champion": ("write", "runs/registry/shop/champion.json", None, "run's artifacts"),
    "changing the champion": ("write", "runs/5/artifacts/model.skops", None, "run's artifacts"),
    "secrets": ("read", ".env", ".env", "parameter"),
}


def event(kind: str, what, cell: int = 7) -> dict:
    return {"cell": cell, "kind": kind, "what": str(what)}


@pytest.mark.parametrize(("kind", "path"), ALLOWED.values(), ids=ALLOWED)
def test_what_a_stage_declares_it_may_open(declared, kind, path):
    assert find_undeclared([event(kind, declared.root / path)], declared, {}) == []


@pytest.mark.parametrize(("kind", "path", "named", "cure"), NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_anything_else_of_the_project_is_found(declared, kind, path, named, cure):
    (found,) = find_undeclared([event(kind, declared.root / path)], declared, {})
    assert (found.cell, found.what) == (7, named or path)
    assert cure in found.cure
    assert found.action == ("read" if kind == "read" or path.endswith(".pyc.9") else "wrote")


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1:5432", True),
        ("unix:/run/postgresql/.s", True),
        ("unix:/tmp/pymp-1/listener", False),
        ("unix:\0mine", False),
    ],
)
def test_every_connection_but_those_of_its_own_processes_is_found(declared, monkeypatch, address, found):
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    told = find_undeclared([event("connect", address)], declared, {})
    assert bool(told) is found
    assert not told or (told[0].action == "connected to" and "add `network` to the `watches`" in told[0].cure)


def test_a_stage_that_watches_the_network_may_connect(declared):
    events = [event("connect", "10.0.0.1:443")]
    networked = Declared(NETWORK, declared.root, declared.runs, declared.artifacts)
    assert find_undeclared(events, networked, {}) == []


@pytest.mark.parametrize(
    ("address", "found"), [("10.0.0.1:8786", False), ("10.0.0.1:8787", True), ("10.0.0.2:8786", True)]
)
def test_of_all_addresses_only_that_of_the_scheduler_may_be_connected_to(declared, address, found):
    on_cluster = replace(declared, addresses=frozenset({"10.0.0.1:8786"}))
    assert bool(find_undeclared([event("connect", address)], on_cluster, {})) is found


def test_a_finding_is_told_once_with_the_number_of_its_cell_among_all_cells(declared):
    extra = declared.root / "configs" / "extra.csv"
    found = find_undeclared([event("read", extra, 6), event("read", extra, 8)], declared, {6: 7, 8: 9})
    told = (
        "03_train, cell 7 read `configs/extra.csv`, which it does not declare. Cure: add it to the `files` of 03_train "
    )
    assert found[0].told(STAGE) == told + "in pipeline.py, or pass what it says as a parameter."
    failure = as_failure(STAGE, found)
    assert (failure.kind, failure.cell, failure.exit_code) == ("UndeclaredInput", 7, 9)
    assert failure.message == found[0].told(STAGE)


def test_an_archive_elsewhere_is_named_as_if_it_were_here(declared, tmp_path):
    elsewhere = Declared(STAGE, declared.root, tmp_path / "archive", tmp_path / "archive" / "artifacts")
    (found,) = find_undeclared([event("read", tmp_path / "archive" / "4" / "a.csv")], elsewhere, {})
    assert found.what == "runs/4/a.csv"


@pytest.mark.parametrize(("prefix", "free"), [("shop/env", True), ("shop", False), (".", False), ("elsewhere", False)])
def test_an_environment_is_free_within_the_project_and_never_the_project_within_it(tmp_path, prefix, free):
    root = tmp_path / "shop"
    found = free_folders(root, Path("/archive"), (str(tmp_path / prefix),))
    assert (str((tmp_path / prefix).resolve()) in found) is free
