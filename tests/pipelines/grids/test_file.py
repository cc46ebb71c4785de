"""A file of settings: TOML or CSV, each value with its place."""

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.grids.file import read_settings

GOOD = {
    "toml, dotted": ("x.toml", "[[setting]]\ntrain.seed = 1\ntrain.quick = true\n[[setting]]\ndata.share = 0.5\n"),
    "toml, nested": ("x.toml", "[[setting]]\n[setting.train]\nseed=1\nquick=true\n[[setting]]\ndata={share=0.5}\n"),
    "csv": ("x.csv", "train.seed,train.quick,data.share\n1,true,\n\n,,0.5\n"),
    "csv with a mark and spaces": ("X.CSV", "\ufefftrain.seed , train.quick, data.share\n1 , true,\n,, 0.5"),
}
BAD = [
    ("x.toml", "[[setting]\n", "not valid TOML"),
    ("x.toml", "", "no setting in it"),
    ("x.toml", "train.seed = 1", "expected [[setting]] tables and nothing else"),
    ("x.toml", "[setting]\ntrain.seed = 1", "expected [[setting]] tables"),
    ("x.toml", "[[setting]]\ntrain.seed = [1, 2]", "setting 1: [train] holds a list or a table"),
    ("x.csv", "", "no setting in it"),
    ("x.csv", "train.seed\n", "no setting in it"),
    ("x.csv", "train.seed,train.seed\n1,2\n", "column train.seed stands there twice"),
    ("x.csv", "train.seed,data.share\n1\n1,2\n1,2,3\n", "line 2 has 1 cells; line 4 has 3 cells; expected 2"),
    ("x.json", "{}", "ends in .toml or .csv"),
]


@pytest.mark.parametrize("name", GOOD)
def test_each_row_is_a_setting_and_an_empty_cell_sets_nothing(tmp_path, name):
    file, text = GOOD[name]
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert read_settings(tmp_path / file) == [["train.seed=1", "train.quick=true"], ["data.share=0.5"]]


def test_each_value_knows_its_place(tmp_path):
    (tmp_path / "x.csv").write_text('train.note\n"two\nlines"\nb\n')
    rows = read_settings(tmp_path / "x.csv")
    assert rows == [["train.note=two\nlines"], ["train.note=b"]]
    assert [row[0].where for row in rows] == [f"{tmp_path / 'x.csv'}, line {n}:" for n in (3, 4)]
    (tmp_path / "x.toml").write_text("[[setting]]\n[[setting]]\ntrain.seed=1\n")
    assert read_settings(tmp_path / "x.toml")[1][0].where == f"{tmp_path / 'x.toml'}, setting 2:"


@pytest.mark.parametrize(("file", "text", "told"), BAD)
def test_a_file_that_is_none_of_settings_is_refused_with_the_reason(tmp_path, file, text, told):
    (tmp_path / file).write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_settings(tmp_path / file)
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.csv: cannot be read"):
        read_settings(tmp_path / "gone.csv")
