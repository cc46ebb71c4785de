"""The inputs of a stage hold what its result can depend on, as it was before the run began."""

import json
from dataclasses import replace

import pytest

from churn_mlops.archive.digest import digest_file, digest_json
from churn_mlops.config import read_config
from churn_mlops.pipelines.cache.inputs import Inputs, key_of, read_source, with_champion
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.champion import Champion

CHAMPION = Champion("shop", "20260101-000000-000000", 3, "2026-01-01T00:00:00Z", "d" * 64, None)


@pytest.fixture
def make(shop):
    """The inputs of the shop's stages, by name."""

    def make(name, artifacts=None, champion=None, stages=None, **parameters):
        project = Project(shop.root, shop.runs, stages or shop.stages)
        config = read_config(shop.root / "configs/shop.toml")
        given = {stage.name: parameters for stage in project.stages}
        inputs = Inputs(project, config, str(shop.root / "configs/shop.csv"), given)
        return inputs.of(next(s for s in project.stages if s.name == name), artifacts or {}, champion)

    return make


@pytest.mark.slow
def test_the_inputs_are_all_that_the_result_can_depend_on(make, shop):
    found = make("01_load")
    assert list(found) == [
        *("schema", "stage", "writes", "cells", "parameters", "reads", "watches"),
        *("modules", "packages", "python", "platform"),
    ]
    assert found["parameters"] == {"parts": 2, "scale": 1.0}
    assert found["reads"]["data"] == digest_file(shop.root / "configs/shop.csv")
    assert set(found["modules"]) == {"helpers/common.py", "helpers/base.py", "helpers/loading.py"}
    assert make("02_clean", {"tables/0.txt": "a", "facts.json": "b"})["reads"] == {"tables/0.txt": "a"}
    assert make("03_side")["packages"] == {"fakelib": "1.0", "fakedep": "1.0", "fakeextra": "1.0"}
    assert key_of(found) == digest_json(json.loads(json.dumps(found)))


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (1, True), (0.0, -0.0), ("1", 1), (None, "None"), (1, 2)])
def test_values_of_another_type_are_other_values(make, one, other):
    assert key_of(make("04_train", folds=one)) != key_of(make("04_train", folds=other))


def test_a_file_less_in_a_folder_is_a_change(make):
    both, one = ({f"tables/{n}.txt": "same" for n in range(count)} for count in (2, 1))
    assert key_of(make("02_clean", both)) != key_of(make("02_clean", one))


def test_what_stands_already_where_a_stage_writes_counts_as_read(make, shop):
    stages = tuple(replace(s, writes=(*s.writes, "tables/")) if s.name == "04_train" else s for s in shop.stages)
    assert make("04_train", {"tables/0.txt": "a"}, stages=stages)["reads"] == {"tables/0.txt": "a"}


def test_two_stages_of_the_same_code_have_results_of_their_own(make, shop):
    path = shop.root / "notebooks/06_more.ipynb"
    path.write_bytes((shop.root / "notebooks/04_train.ipynb").read_bytes())
    more = replace(shop.stages[3], name="06_more")
    assert key_of(make("06_more", stages=(more,))) != key_of(make("04_train"))


@pytest.mark.parametrize("change", [{"version": "other"}, {"digest": "e" * 64}, {"generation": 5}])
def test_a_stage_that_watches_the_champion_has_another_key_under_another(make, change):
    now, later = make("05_judge", champion=CHAMPION), make("05_judge", champion=replace(CHAMPION, **change))
    assert key_of(now) != key_of(later)
    assert with_champion(now, replace(CHAMPION, **change)) == later
    assert key_of(make("04_train", champion=CHAMPION)) == key_of(make("04_train"))


def test_two_datasets_share_the_stages_that_do_not_see_them(make, shop):
    train, load = key_of(make("04_train")), key_of(make("01_load"))
    shop.edit("configs/shop.toml", 'name = "shop"', 'name = "other"')
    assert key_of(make("04_train")) == train
    assert key_of(make("01_load")) != load


def test_a_file_that_changes_after_the_inputs_were_read_does_not_change_them_and_is_noticed(shop):
    project = Project(shop.root, shop.runs, shop.stages)
    config = read_config(shop.root / "configs/shop.toml")
    data = str(shop.root / "configs/shop.csv")
    inputs = Inputs(project, config, data, {stage.name: {} for stage in shop.stages})
    before = {stage: inputs.of(stage, {}, None) for stage in shop.stages}
    champion = inputs.champion()
    before[shop.stages[4]] = inputs.of(shop.stages[4], {}, champion)
    assert all(inputs.still_hold(stage, found) for stage, found in before.items())
    for name, concerned in (("notebooks/helpers/late.py", 2), ("configs/shop.csv", 0), ("notebooks/04_train.ipynb", 3)):
        stage, path = shop.stages[concerned], shop.root / name
        text = path.read_text()
        path.write_text("{}" if name.endswith("ipynb") else text + "\nx = 1")
        assert inputs.of(stage, {}, champion) == before[stage]
        assert [s.name for s, found in before.items() if not inputs.still_hold(s, found)] == [stage.name]
        path.write_text(text)


def notebook(tmp_path, *cells):
    listed = [{"cell_type": "code", "metadata": {"tags": tags}, "source": source} for source, tags in cells]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": listed}))
    return read_source(tmp_path / "n.ipynb")


def test_a_notebook_is_read_without_being_executed(tmp_path):
    read = notebook(tmp_path, ("x: int = 1  # one", ["parameters"]), ("%time f()\nimport a.b", []), ("raise 1", []))
    assert read.imports == ("a.b",)
    assert read.parameters["x"].default == 1


@pytest.mark.parametrize("tag", ["skip-execution", "raises-exception", "injected-parameters"])
def test_a_tag_that_changes_the_execution_counts_and_others_do_not(tmp_path, tag):
    plain = notebook(tmp_path, ("x", []))
    assert notebook(tmp_path, ("x", ["anything"])) == plain
    assert notebook(tmp_path, ("x", [tag])) != plain


def test_the_place_of_the_parameters_counts_and_their_values_stand_elsewhere(tmp_path):
    one, two = ("x: int = 1", ["parameters"]), ("x = 5", [])
    assert notebook(tmp_path, one, two).cells != notebook(tmp_path, two, one).cells
    assert notebook(tmp_path, one, two).cells == notebook(tmp_path, ("x: int = 9", ["parameters"]), two).cells
