"""Parameters: declared in the notebook, checked before any kernel, and never code."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.config import Config
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.parameters import parse_parameters, plan_parameters, read_parameters
from churn_mlops.pipelines.stage import Stage

CELL = """
run_dir: str = "../runs/lab"  # folder of the run
folds: int = 5  # parts of the data
share: float = 0.2  # 0 to 1
limit: int | None = None  # at most; none: no limit
drop: str = "a=b # c"  # a text with signs in it
quick: bool = False  # for a first look
"""


@pytest.fixture
def notebooks(tmp_path):
    for name in ("01_data", "03_train"):
        cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": CELL}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps({"cells": [cell]}))
    return tmp_path


def plan(notebooks, *overrides, **sections):
    config = Config(Path("shop.toml"), "", None, sections)
    return plan_parameters((Stage("01_data"), Stage("03_train")), notebooks, config, list(overrides))["03_train"]


def test_the_cell_says_name_type_default_and_meaning():
    declared = parse_parameters(CELL, "here")
    assert declared["limit"].type == "int | None"
    assert declared["drop"].default == "a=b # c"
    assert declared["share"].meaning == "0 to 1"


@pytest.mark.parametrize("line", ["x = 1", "x: int = f()", "x: list = []", "import os", "x: int", "def f(): pass"])
def test_a_line_that_is_no_plain_declaration_is_refused(line):
    with pytest.raises((ConfigError, ValueError), match=r"expected|malformed"):
        parse_parameters(line, "here")


@pytest.mark.parametrize(
    ("override", "name", "value"),
    [
        ("train.folds=7", "folds", 7),
        ("train.share=1", "share", 1.0),
        ("train.share=1e-3", "share", 0.001),
        ("train.quick=true", "quick", True),
        ("train.limit=none", "limit", None),
        ("train.limit=3", "limit", 3),
        ("train.drop=x=y", "drop", "x=y"),
        ("train.drop=", "drop", ""),
    ],
)
def test_a_value_from_the_command_line_gets_its_type(notebooks, override, name, value):
    planned = plan(notebooks, override)[name]
    assert planned == value
    assert type(planned) is type(value)


def test_the_command_line_wins_over_the_config(notebooks):
    assert plan(notebooks, "train.folds=7", train={"folds": 3, "share": 1}) == {"folds": 7, "share": 1.0}


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("trian.folds=7", "unknown stage `trian`; did you mean `train`?"),
        ("train.fold=7", "no parameter `fold`; did you mean `folds`?"),
        ("train.folds=many", "'many' is not a whole number"),
        ("train.folds=1.5", "'1.5' is not a whole number"),
        ("train.share=nan", "'nan' is not a finite number"),
        ("train.quick=1", "'1' is not true or false"),
        ("train.run_dir=/tmp", "the runner gives each run its own folder"),
        ("train.folds", "expected STAGE.NAME=VALUE"),
        ("folds=3", "expected STAGE.NAME=VALUE"),
    ],
)
def test_a_wrong_override_is_told_with_the_nearest_right_name(notebooks, override, told):
    with pytest.raises(ConfigError) as error:
        plan(notebooks, override)
    assert told in str(error.value)


@pytest.mark.parametrize("value", ["5", 5.5, True, [5], {"a": 5}])
def test_a_wrong_type_in_the_config_is_told(notebooks, value):
    with pytest.raises(ConfigError, match=r"\[train\] folds"):
        plan(notebooks, train={"folds": value})


def test_all_mistakes_are_told_together(notebooks):
    with pytest.raises(ConfigError) as error:
        plan(notebooks, "train.fold=7", "data.x=1", trian={"folds": 3}, dataa={})
    assert str(error.value).startswith("4 wrong parameters")


def test_a_notebook_needs_exactly_one_parameters_cell(tmp_path):
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": []}))
    with pytest.raises(ConfigError, match="0 cells are tagged"):
        read_parameters(tmp_path / "a.ipynb")


@given(st.text())
def test_a_text_reaches_the_notebook_as_data_whatever_it_holds(text):
    from papermill.translators import PythonTranslator

    (assignment,) = [n for n in ast.parse(PythonTranslator.codify({"x": text})).body if isinstance(n, ast.Assign)]
    assert ast.literal_eval(assignment.value) == text
