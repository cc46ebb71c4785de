import tomllib

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from churn_mlops.config import read_config
from churn_mlops.data.drafting import Asked, make_draft, save_draft
from churn_mlops.data.drafting.toml import beside, inline, key, value
from churn_mlops.errors import ConfigError

DATASET = '[dataset]\nname = "a"\nsource = "a.csv"\nid = "id"\ntarget = "t"\n'
SOUND = f"{DATASET}[money]\nvalue_kept = 1\noffer_cost = 0\nsuccess_rate = 1\n"
ANY = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("mine")
    with pytest.raises(
        ConfigError,
        match=r"a\.toml: is there already, and nothing is overwritten. Cure: --output .*a-2\.toml, or remove",
    ):
        save_draft(SOUND, path)
    assert path.read_text() == "mine"


def test_a_link_to_nowhere_is_a_file_that_is_there(tmp_path):
    path = tmp_path / "a.toml"
    path.symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(ConfigError, match="is there already"):
        save_draft(SOUND, path)


@pytest.mark.parametrize("text", ["[dataset", "", SOUND.replace('id = "id"', "")])
def test_a_draft_that_would_not_be_read_leaves_no_file(tmp_path, text):
    with pytest.raises(ConfigError):
        save_draft(text, tmp_path / "a.toml")
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_the_definition_is_left_and_everybody_may_read_it(tmp_path):
    save_draft(SOUND, tmp_path / "configs" / "a.toml")
    (path,) = (tmp_path / "configs").iterdir()
    assert (path.name, path.read_text(), path.stat().st_mode & 0o777) == ("a.toml", SOUND, 0o644)


def test_the_name_of_a_definition_ends_in_toml(tmp_path):
    with pytest.raises(ConfigError, match=r"ends in \.toml"):
        save_draft(SOUND, tmp_path / "a.csv")


@settings(max_examples=200)
@given(name=ANY, text=ANY, remark=st.text(max_size=20))
@example(name='a "b" \\ c.d', text="\x00\x7f\u2028\U0001f600", remark="\n[money]\r\x07")
def test_any_name_text_and_comment_parse_to_what_they_were(name, text, remark):
    line = beside(f"{key(name)} = {inline({name: text, 'list': [text, name]})}", remark)
    assert tomllib.loads(line) == {name: {**{"list": [text, name]}, **({name: text} if name != "list" else {})}}


@pytest.mark.parametrize("thing", [True, 0, -3, 1.5, 3.0, "a", ["a", "b"], 1e300])
def test_a_value_parses_to_what_it_was(thing):
    assert tomllib.loads(f"x = {value(thing)}") == {"x": thing}


NAMES = st.lists(
    ANY.map(str.strip).filter(lambda name: name and "\0" not in name), min_size=3, max_size=3, unique_by=str.lower
).filter(lambda names: not {"churn", "id"} & {name.lower() for name in names})


@pytest.mark.slow
@settings(max_examples=25)
@given(names=NAMES, levels=st.lists(ANY, min_size=2, max_size=2))
@example(names=['quo"te', "dot.ted", "new\nline"], levels=["Größe", "€"])
def test_the_draft_of_any_table_can_be_read_whatever_its_columns_are_called(tmp_path_factory, names, levels):
    folder = tmp_path_factory.mktemp("any")
    one, two, three = names
    churn = ["yes", "no"] * 10
    table = {
        "id": range(20),
        "churn": churn,
        one: range(20),
        two: [levels[n // 2 % 2] for n in range(20)],
        three: [1] * 20,
    }
    pd.DataFrame(table).to_parquet(folder / "a.parquet", index=False)
    draft = make_draft(Asked(str(folder / "a.parquet")), "a", folder / "a.toml", "python pipeline.py")
    save_draft(draft.text, folder / "a.toml")
    definition = read_config(folder / "a.toml").definition
    assert {*definition.columns, *definition.dataset.drop} == {name.replace("\ufeff", "").strip() for name in names}
