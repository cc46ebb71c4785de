"""What a run archives of its sources: all that makes it, as it was when its keys were taken, once for many runs."""

import json
import os
import sys
import time

import pytest
from tests.pipelines.reproducing.conftest import STAGES, lay_out_shop, names_in

from churn_mlops.archive import versions
from churn_mlops.archive.packing import members
from churn_mlops.config import read_config
from churn_mlops.errors import ArchiveDamaged
from churn_mlops.pipelines.cache.inputs import Inputs
from churn_mlops.pipelines.hiding import Hiding
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.reproducing.laying import checked_source
from churn_mlops.pipelines.reproducing.source import LIST, SOURCE, keep_source
from churn_mlops.pipelines.stage import Stage


@pytest.fixture
def root(tmp_path):
    """The project, with sources so old that nothing speaks against remembering them."""
    return lay_out_shop(tmp_path / "shop").root


def inputs_of(root, stages=STAGES):
    project = Project(root, root / "runs", stages)
    parameters = {stage.name: {} for stage in stages}
    return Inputs(project, read_config(root / "configs/shop.toml"), str(root / "configs/shop.csv"), parameters)


def kept(root, inputs=None):
    """The source as a version of this moment has it; None where it has none."""
    inputs, building = inputs or inputs_of(root), versions.begin(root / "runs")
    keep_source(building, inputs, Hiding(root, {}))
    path = versions.publish(building, {"status": "succeeded"}) / SOURCE
    return path if path.exists() else None


@pytest.mark.slow
def test_equal_sources_are_one_file_on_disk_and_changed_ones_another(root):
    first, second = kept(root), kept(root)
    assert first.samefile(second)
    (root / "notebooks/helper.py").write_text("def find(data):\n    return 1\n")
    third = kept(root)
    assert not third.samefile(first)
    assert dict(members(third))["notebooks/helper.py"] == b"def find(data):\n    return 1\n"


@pytest.mark.slow
def test_sources_that_were_found_the_same_are_not_read_again(root, monkeypatch):
    from churn_mlops.pipelines.reproducing import source

    monkeypatch.setattr(source, "_RACY_NS", 0)
    first = kept(root)
    monkeypatch.setattr(source, "pack", lambda files: pytest.fail("packed again"))
    assert kept(root).samefile(first)


@pytest.mark.slow
def test_where_it_stands_and_when_it_was_written_do_not_count(root, tmp_path):
    first = kept(root).read_bytes()
    other = lay_out_shop(tmp_path / "elsewhere").root
    os.utime(other / "pipeline.py", (1, 1))
    for name in ("notebooks/01_make.ipynb", "notebooks/02_use.ipynb"):
        (other / name).write_bytes((root / name).read_bytes())
    assert kept(other).read_bytes() == first
    assert str(tmp_path).encode() not in first


@pytest.mark.slow
def test_a_source_that_was_saved_since_the_keys_were_taken_leaves_the_version_without(root):
    inputs = inputs_of(root)
    time.sleep(0.05)  # the clock of files goes in steps
    (root / "notebooks/helper.py").write_text("def find(data):\n    return 2\n")
    assert kept(root, inputs) is None
    assert kept(root) is not None


def test_it_holds_what_stages_declare_and_import_and_nothing_hidden_compiled_or_of_the_data(
    root, tmp_path, monkeypatch
):
    (root / "configs/regions.csv").write_text("x\n1\n")
    (root / ".env").write_text("PGPASSWORD=hunter22\n")
    (root / "notebooks/__pycache__").mkdir()
    (root / "notebooks/__pycache__/helper.cpython-311.pyc").write_bytes(b"x")
    (root / "lib/shop").mkdir(parents=True)
    (root / "lib/shop/words.txt").write_text("words")
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside/ours.py").write_text("import numpy\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "beside")])
    (root / "notebooks/helper.py").write_text("import ours\n")
    stages = (STAGES[0], Stage("02_use", ("number.txt",), ("answer.json",), files=("configs/regions.csv",)))
    names = set(names_in(kept(root, inputs_of(root, stages))))
    assert {"configs/regions.csv", "lib/shop/words.txt", "lib/ours.py", "notebooks/helper.py"} <= names
    assert not names & {".env", "configs/shop.csv"}
    assert not [name for name in names if "pycache" in name]


@pytest.mark.slow
def test_a_secret_in_a_source_is_not_archived_and_the_version_says_so(root, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", "q8Zr51vTn0LkW2")
    (root / "notebooks/helper.py").write_text("token = 'q8Zr51vTn0LkW2'\n")
    path = kept(root)
    assert b"q8Zr51vTn0LkW2" not in path.read_bytes()
    assert json.loads(dict(members(path))[LIST])["notebooks/helper.py"]["hidden"] == ["SHOP_TOKEN"]
    with pytest.raises(ArchiveDamaged, match=r"`notebooks/helper.py` held SHOP_TOKEN"):
        checked_source(path)
