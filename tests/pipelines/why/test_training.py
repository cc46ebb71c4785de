"""The cell that trained a model is found in any notebook that calls something by a telling name."""

import nbformat
import pytest

from churn_mlops.pipelines.why.training import find_cell, training_cell


@pytest.mark.parametrize(
    ("cells", "number", "line"),
    [
        (["a = 1", "model = LogisticRegression().fit(X, y)"], 2, "model = LogisticRegression().fit(X, y)"),
        (["model.fit(X, y)", "model.fit(X, y)\nmodel.predict(X)"], 2, "model.fit(X, y)"),
        (["%matplotlib inline", "booster = lgb.train(\n    params,\n)"], 2, "booster = lgb.train("),
        (["model = train_model(X)", "print(model.fit_)"], 1, "model = train_model(X)"),
        (["import fitness", "benefit(1)", "train = X"], None, None),
        ([], None, None),
    ],
)
def test_it_is_the_last_one_that_calls_what_fits_or_trains(tmp_path, cells, number, line):
    path = tmp_path / "03_train.ipynb"
    between = [nbformat.v4.new_markdown_cell("model.fit"), *(nbformat.v4.new_code_cell(source) for source in cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=between), path)
    assert find_cell(path) == (number, line)


def test_a_notebook_that_is_gone_or_none_has_no_such_cell(tmp_path):
    assert find_cell(tmp_path / "none.ipynb") == (None, None)
    (tmp_path / "x.ipynb").write_text("[]")
    assert find_cell(tmp_path / "x.ipynb") == (None, None)


def test_it_is_looked_for_in_the_stage_that_wrote_the_model(tmp_path):
    stages = [
        {"name": "01_data", "outputs": {}},
        {"name": "02_fit", "outputs": {"model.skops": "d"}, "reused_from": "v0"},
    ]
    found = training_cell(tmp_path, {"version": "v1", "stages": stages})
    assert found == {"stage": "02_fit", "cell": None, "code": None, "executed_in": "v0"}
    assert training_cell(tmp_path, {"version": "v1", "stages": stages[:1]}) is None
