"""A grid is all its settings, each once, checked before any of them starts."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.config import Config
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.grids.grid import as_argument, make_settings, split_values, spread, varied
from churn_mlops.pipelines.parameters import Parameter, Placed
from churn_mlops.pipelines.stage import Stage

CELL = """
seed: int = 0  # of the folds
share: float = 0.2  # 0 to 1
limit: int | None = None  # at most
kind: str = "a"  # a text
note: str | None = None  # a text, or none
quick: bool = False  # for a first look
"""
STAGES = (Stage("01_data"), Stage("03_train"))
# The values of any one text, by the type of the parameter.
SPREAD = [
    ("int", "1", ["1"]),
    ("int", "1,2,3", ["1", "2", "3"]),
    ("int", "[1, 2]", ["1", "2"]),
    ("int", "[1]", ["1"]),
    ("int", "1,,3", ["1,,3"]),  # a slip: left for the check to refuse
    ("int | None", "1,", ["1,"]),
    ("int | None", "none,4", ["none", "4"]),
    ("float", "0.1,1e-3", ["0.1", "1e-3"]),
    ("bool", "true,false", ["true", "false"]),
    ("str", "a,b", ["a,b"]),
    ("str", "[a,b]", ["a", "b"]),
    ("str", "[a, b c]", ["a", "b c"]),
    ("str", '["a,b",c]', ["a,b", "c"]),
    ("str", '["say ""hi""",c]', ['say "hi"', "c"]),
    ("str", "[a,]", ["a", ""]),
    ("str", "[]", ["[]"]),
    ("str", "[a", ["[a"]),
    ("str | None", "a,b", ["a,b"]),
    ("str | None", "[none,a]", ["none", "a"]),
]


@pytest.fixture
def settings(tmp_path):
    cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": CELL}
    for stage in STAGES:
        stage.notebook(tmp_path).write_text(json.dumps({"cells": [cell]}))

    def make(*overrides, rows=None, at_most=100, **sections):
        return make_settings(STAGES, tmp_path, Config(Path("x.toml"), "", None, sections), [*overrides], rows, at_most)

    return make


@pytest.mark.parametrize(("kind", "text", "values"), SPREAD)
def test_commas_are_a_list_for_numbers_and_brackets_are_one_for_all(kind, text, values):
    assert split_values(text, Parameter("x", kind, None, "")) == values


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_reaches_a_run_as_one_value(text):
    declared = {"train": {"kind": Parameter("kind", "str", "", "")}}
    assert spread(as_argument(f"train.kind={text}"), declared) == [f"train.kind={text}"]


@given(st.lists(st.integers(), min_size=1))
def test_a_list_of_numbers_is_that_list(numbers):
    parameter = Parameter("seed", "int", 0, "")
    assert [int(v) for v in split_values(",".join(map(str, numbers)), parameter)] == numbers
    assert [int(v) for v in split_values(str(numbers), parameter)] == numbers


def test_without_a_list_there_is_one_setting(settings):
    (only,), repeated = settings("train.seed=3", "train.kind=a,b")
    assert repeated == 0
    assert only.parameters == {"01_data": {}, "03_train": {"seed": 3, "kind": "a,b"}}


def test_several_lists_make_their_product_in_the_order_given(settings):
    found, _ = settings("train.seed=1,2", "data.kind=[x,y]", "train.quick=true", train={"share": 0.5})
    assert [(s.values["train.seed"], s.values["data.kind"]) for s in found] == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]
    assert [s.number for s in found] == [1, 2, 3, 4]
    assert all(s.parameters["03_train"]["share"] == 0.5 for s in found)
    assert varied(found) == ["data.kind", "train.seed"]


def test_a_later_list_for_the_same_parameter_counts(settings):
    found, _ = settings("train.seed=1,2,3", "train.seed=5,6")
    assert [s.values["train.seed"] for s in found] == [5, 6]


def test_a_file_has_a_setting_a_row_and_multiplies_with_the_lists(settings):
    rows = [["train.seed=1", "train.kind=[a,b]"], ["train.share=0.5"]]
    found, _ = settings("train.quick=true,false", rows=rows)
    assert [(s.values["train.seed"], s.values["train.kind"], s.values["train.quick"]) for s in found] == [
        *((1, "[a,b]", True), (1, "[a,b]", False)),  # in a file a text is what it is
        *((0, "a", True), (0, "a", False)),
    ]


def test_what_is_there_twice_runs_once_also_where_it_is_the_default(settings):
    found, repeated = settings("train.seed=1,01,0,1", rows=[[], ["train.share=0.2"]])
    assert [(s.number, s.values["train.seed"]) for s in found] == [(1, 1), (2, 0)]
    assert repeated == 6


def test_all_mistakes_are_told_together_with_their_rows(settings):
    rows = [[Placed.at("grid.csv, line 2:", "train.sed=1")], [Placed.at("grid.csv, line 3:", "train.share=x")]]
    with pytest.raises(ConfigError) as caught:
        settings("train.seed=1,x,3", "trian.seed=1", "train.limit=1,,2", rows=rows)
    told = str(caught.value)
    assert told.startswith("5 wrong parameters:")
    for part in (
        "-p train.seed: 'x' is not a whole number",
        "-p trian.seed: unknown stage `trian`; did you mean `train`?",
        "-p train.limit: '1,,2' is not a whole number",
        "grid.csv, line 2: train.sed: stage `train` has no parameter `sed`; did you mean `seed`?",
        "grid.csv, line 3: train.share: 'x' is not a finite number",
    ):
        assert part in told


def test_more_settings_than_asked_for_are_refused_before_they_are_made(settings):
    many = ",".join(map(str, range(2000)))
    with pytest.raises(ConfigError, match=r"8000000000 settings are more than 100\. Cure: .*--at-most 8000000000"):
        settings(f"train.seed={many}", f"data.seed={many}", f"train.limit={many}")
    assert len(settings(f"train.seed={many}", at_most=2000)[0]) == 2000


def test_a_parameter_set_in_both_places_is_refused(settings):
    with pytest.raises(ConfigError, match=r"train\.seed: set with -p and in the file"):
        settings("train.seed=1,2", rows=[["train.seed=3"]])


def test_of_a_single_setting_what_it_sets_is_shown(settings):
    found, _ = settings(rows=[["train.seed=1"]])
    assert varied(found) == ["train.seed"]
