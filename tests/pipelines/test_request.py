"""Which stages a run concerns, and which of them run whatever there is."""

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.request import Request, find_stage, forced_stages, wanted_stages
from churn_mlops.pipelines.stage import Stage, comes_before

STAGES = (
    Stage("01_load", writes=("tables/",)),
    Stage("02_side", reads=("tables/a.csv",), writes=("side.txt",)),
    Stage("03_clean", reads=("tables/",), writes=("clean.txt",)),
    Stage("04_train", reads=("clean.txt",), writes=("model",)),
)


def request(**asked):
    return Request(None, "", "", **asked)


def names(stages):
    return "".join(stage.name[1] for stage in stages)


@pytest.mark.parametrize(
    ("asked", "wanted", "forced"),
    [
        ({}, "1234", ""),
        ({"force": True}, "1234", "1234"),
        ({"first": "clean"}, "1234", "34"),
        ({"first": "01_load"}, "1234", "1234"),
        ({"last": "side"}, "12", ""),
        ({"last": "train"}, "1234", ""),
        ({"first": "side", "last": "03_clean"}, "123", "23"),
        ({"first": "side", "last": "side"}, "12", "2"),
        ({"last": "side", "force": True}, "12", "12"),
        ({"only": "train"}, "134", "4"),  # a side branch does not matter to it
        ({"only": "load"}, "1", "1"),
    ],
)
def test_the_options_choose_the_stages(asked, wanted, forced):
    chosen = wanted_stages(STAGES, request(**asked))
    assert names(chosen) == wanted
    assert names(forced_stages(chosen, request(**asked))) == forced


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"only": "train", "force": True}, "Cure: leave out --force, or --only"),
        ({"only": "train", "first": "load", "last": "train"}, "leave out --from and --to"),
        ({"first": "train", "last": "load"}, "01_load comes before 04_train. Cure: swap them"),
        ({"only": "trian"}, "--only trian: no such stage; did you mean `train`?"),
        ({"last": "nothing like it"}, "--to nothing like it: no such stage. Expected one of 01_load, 02_side"),
        ({"first": "05_train"}, "--from 05_train: no such stage; did you mean `04_train`?"),
    ],
)
def test_options_that_contradict_each_other_or_name_no_stage_are_refused(asked, told):
    with pytest.raises(ConfigError, match="--") as error:
        forced_stages(wanted_stages(STAGES, request(**asked)), request(**asked))
    assert told in str(error.value)


def test_a_stage_has_a_long_and_a_short_name():
    assert find_stage(STAGES, "03_clean", "--to") is find_stage(STAGES, "clean", "--to")


@pytest.mark.parametrize(
    ("stages", "before"),
    [
        ((Stage("1", (), ("a",)), Stage("2", ("a",), ("b",))), "1"),
        ((Stage("1", (), ("t/",)), Stage("2", ("t/x",), ("b",))), "1"),
        ((Stage("1", (), ("t/x",)), Stage("2", ("t/",), ("b",))), "1"),
        ((Stage("1", (), ("a",)), Stage("2", (), ("a",))), "1"),
        ((Stage("1", ("a",), ("b",)), Stage("2", (), ("a",))), "1"),  # it must not read what is written later
        ((Stage("1", ("a",), ("b",)), Stage("2", ("a",), ("c",))), ""),
        ((Stage("1", (), ("tables",)), Stage("2", ("t/",), ("c",))), ""),
    ],
)
def test_a_stage_waits_for_those_that_share_files_with_it(stages, before):
    assert "".join(stage.name for stage in comes_before(stages, stages[1])) == before
