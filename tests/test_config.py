"""Reading a dataset definition: what is right is typed, what is wrong is told all at once."""

import pytest

from churn_mlops.config import Definition, read_config
from churn_mlops.errors import ConfigError

SOUND = """
[dataset]
name = "shop"
source = "shop.csv"
id = "customer"
target = "left"
drop = ["note"]
[columns]
zip = {type = "category", values = ["1010", "1020"]}
spend = {low = 0.5, high = 9}
[money]
value_kept = 100
offer_cost = 5
success_rate = 0.2
[train]
folds = 4
"""


def write(folder, text):
    path = folder / "shop.toml"
    path.write_text(text)
    return path


def test_a_sound_definition_is_read_with_its_parameters(tmp_path):
    config = read_config(write(tmp_path, SOUND))
    assert config.definition.dataset.drop == ("note",)
    assert config.definition.money.value_kept == 100
    assert config.parameters == {"train": {"folds": 4}}


def test_a_definition_survives_its_journey_as_json(tmp_path):
    definition = read_config(write(tmp_path, SOUND)).definition
    assert Definition.from_json(definition.to_json()) == definition


def test_money_may_name_the_feature_that_holds_it_customer_by_customer(tmp_path):
    text = SOUND.replace("value_kept = 100", 'value_kept = "spend"').replace('drop = ["note"]', "prior = 0.02")
    definition = read_config(write(tmp_path, text)).definition
    assert definition.money.columns == {"value_kept": "spend"}
    assert definition.dataset.prior == 0.02
    assert Definition.from_json(definition.to_json()) == definition


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "customer"', "", "[dataset] key `id` is missing"),
        ('target = "left"', 'tagret = "left"', "unknown key `tagret`; did you mean `target`?"),
        ('name = "shop"', 'name = "../shop"', "expected letters, digits"),
        ("offer_cost = 5", 'offer_cost = "5"', "[money] `offer_cost` is '5'; expected a number without quotes"),
        ("offer_cost = 5", 'offer_cost = " "', "[money] `offer_cost` is ' '; expected a number without quotes, or the"),
        ("offer_cost = 5", 'offer_cost = "note"', "`offer_cost` is 'note'; that column has another role or is dropped"),
        ("offer_cost = 5", 'offer_cost = "left"', "`offer_cost` is 'left'; that column has another role or is dropped"),
        ("offer_cost = 5", "offer_cost = true", "[money] `offer_cost` is True; expected a number"),
        ("offer_cost = 5", "offer_cost = inf", "[money] `offer_cost` is inf; expected 0 or more, or the name of a"),
        ("offer_cost = 5", "offer_cost = nan", "[money] `offer_cost` is nan; expected 0 or more, or the name of a"),
        ('drop = ["note"]', "prior = 1.0", "[dataset] `prior` is 1.0; expected a share of leavers above 0 and below 1"),
        ('drop = ["note"]', "prior = -0.1", "[dataset] `prior` is -0.1; expected a share of leavers above 0 and below"),
        ('drop = ["note"]', "prior = nan", "[dataset] `prior` is nan; expected a share of leavers above 0 and below 1"),
        ("success_rate = 0.2", "success_rate = 20", "expected more than 0, at most 1"),
        ("value_kept = 100", "value_kept = -1", "expected more than 0"),
        (
            'type = "category", ',
            'type = "text", ',
            "[columns] `zip`: `type` is 'text'; expected one of number, category",
        ),
        ('type = "category", ', 'type = "number", ', "`values` are for categories, not for a number"),
        ('type = "category", ', "low = 1, ", "has bounds and `values`; expected one of them"),
        ("{low = 0.5, high = 9}", '{low = 0.5, type = "date"}', "`low` and `high` are for numbers, not for a date"),
        ("{low = 0.5, high = 9}", "{low = 9, high = 0.5}", "`low` is 9, above `high`, 0.5"),
        ("{low = 0.5, high = 9}", "{high = nan}", "`low` and `high` are None and nan; expected finite ones"),
        ("{low = 0.5, high = 9}", "{max_missing = 5}", "`max_missing` is 5; expected a share, 0 to 1"),
        ("{low = 0.5, high = 9}", "{required = 1}", "[columns.spend] `required` is 1; expected true or false"),
        ("{low = 0.5, high = 9}", "{lo = 1}", "[columns.spend] unknown key `lo`; did you mean `low`?"),
        ("{low = 0.5, high = 9}", "3", "section [columns.spend] is missing; it must be a table"),
        ('drop = ["note"]', 'drop = "note"', "expected a list of texts"),
        ('drop = ["note"]', "horizon_days = 0", "expected 1 day or more"),
        ('drop = ["note"]', "horizon_days = true", "expected a whole number"),
        ("[money]", "[monney]", "section [money] is missing"),
        ("[dataset]\n", "stray = 1\n[dataset]\n", "`stray` stands outside any section"),
        ("[train]", "[train", "not valid TOML"),
        ("[train]", '[source]\ndelimiter = ";;"\n[train]', "[source] `delimiter` is ';;'; expected one character"),
        ("[train]", '[source]\nquote = "\\n"\n[train]', "[source] `quote` is '\\n'; expected one character"),
        ("[train]", '[source]\ndecimal = "*"\n[train]', "`decimal` is '*'; expected a point or a comma"),
        ("[train]", '[source]\nencoding = "utf-9"\n[train]', "`encoding` is 'utf-9'; expected one that Python knows"),
        ("[train]", '[source]\nencoding = "base64"\n[train]', "`encoding` is 'base64'; expected one that Python knows"),
        ("[train]", '[source]\nquote = ";"\ndelimiter = ";"\n[train]', "`delimiter` and `quote` are both ';'"),
        ("[train]", "[source]\ndelimeter = 1\n[train]", "[source] unknown key `delimeter`; did you mean `delimiter`?"),
        ('drop = ["note"]', 'slices = ["left"]', "[dataset] `slices` names `left`, which has another role"),
        ("[money]", "left = {sensitive = true}\n[money]", "[columns] `sensitive` names `left`, which has another role"),
        ('drop = ["note"]', 'table = "a"\nquery = "b"', "[dataset] has `table` and `query`; expected one of them"),
        ("[train]", '[hooks]\non_success = "mail"\n[train]', "`on_success` is 'mail'; expected a list of texts"),
        ("[train]", "[hooks]\non_failure = [1]\n[train]", "`on_failure` is [1]; expected a list of texts"),
        ("[train]", "[hooks]\non_alert = []\n[train]", "`on_alert` is []; expected a program and its arguments"),
        ("[train]", '[hooks]\non_alert = [""]\n[train]', "expected a program and its arguments"),
        ("[train]", '[hooks]\non_end = ["a"]\n[train]', "[hooks] unknown key `on_end`"),
        ("[train]", '[policy]\napproval = "all"\n[train]', '`approval` is \'all\'; expected "auto", "one" or "two"'),
        ("[train]", "[schedule]\nevery_days = -1\n[train]", "[schedule] `every_days` is -1; expected days, or 0"),
        ("[train]", "[schedule]\nevery = 7\n[train]", "[schedule] unknown key `every`; did you mean `every_days`?"),
        ("[train]", '[policy.keys]\nann = "abc"\n[train]', "[policy.keys] `ann` is 'abc'; expected 44 characters"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_what_was_expected(tmp_path, old, new, told):
    path = write(tmp_path, SOUND.replace(old, new))
    with pytest.raises(ConfigError) as error:
        read_config(path)
    assert told in str(error.value)
    assert str(path) in str(error.value)
    assert error.value.exit_code == 2


def test_all_mistakes_are_told_together(tmp_path):
    text = SOUND.replace('id = "customer"', "").replace("value_kept = 100", "value_kept = 0")
    with pytest.raises(ConfigError, match="2 mistakes") as error:
        read_config(write(tmp_path, text.replace("offer_cost = 5", "")))
    assert "`id` is missing" in str(error.value)
    assert "`offer_cost` is missing" in str(error.value)


def test_a_missing_file_is_told_with_those_beside_it(tmp_path):
    write(tmp_path, SOUND)
    with pytest.raises(ConfigError, match=r"no such config file. In that folder: shop.toml"):
        read_config(tmp_path / "shopp.toml")
