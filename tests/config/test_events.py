"""The section [events]: what it may say, and that what cannot be right is told before any work."""

import pytest

from churn_mlops.config import Definition, Events, named_columns, read_config
from churn_mlops.errors import ConfigError

SOUND = """
[dataset]
name = "shop"
source = "shop.csv"
id = "customer"
drop = ["note"]
[events]
time = "at"
amount = "worth"
order = "invoice"
kind = "what"
cancelled_kinds = ["refund"]
churn_kinds = ["goodbye"]
windows = [10, 20]
first = "2024-01-31"
every = "14 days"
last = "2024-12-31"
[money]
value_kept = 100
offer_cost = 5
success_rate = 0.2
"""


def read(folder, text):
    path = folder / "shop.toml"
    path.write_text(text)
    return read_config(path).definition


def test_a_log_needs_no_target_and_names_its_snapshots_itself(tmp_path):
    definition = read(tmp_path, SOUND)
    assert (definition.dataset.target, definition.dataset.snapshot_date) == ("", "snapshot_date")
    assert definition.events.windows == (10, 20)
    assert named_columns(definition.events) == ["at", "worth", "invoice", "what"]
    assert Definition.from_json(definition.to_json()) == definition


@pytest.mark.parametrize(
    ("every", "days"),
    [("month", 0), ("1 day", 1), ("14 days", 14), ("14", -1), ("0 days", -1), ("-3 days", -1), ("week", -1), ("", -1)],
)
def test_the_next_snapshot_is_a_month_or_so_many_days_later(every, days):
    assert Events("at", every=every).every_days == days


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('time = "at"', "", "[events] key `time` is missing"),
        ('time = "at"', 'time = ""', "`time` is empty; expected the name of a column"),
        ('amount = "worth"', 'amont = "worth"', "unknown key `amont`; did you mean `amount`?"),
        ('amount = "worth"', 'amount = "worth"\nprice = "each"', "`amount` and `price` are both there"),
        ('amount = "worth"', 'price = "each"', "`price` needs a `quantity` to be multiplied with"),
        ('amount = "worth"', "cancelled_negative = true", "`cancelled_negative` needs the column `amount`"),
        ('order = "invoice"', 'cancelled_prefix = "C"', "`cancelled_prefix` needs the column `order`"),
        ('kind = "what"', "", "names kinds, but no column `kind` that holds them"),
        ('kind = "what"', 'kind = "at"', "gives one column two meanings"),
        ('kind = "what"', 'kind = "customer"', "gives one column two meanings"),
        ('kind = "what"', 'kind = "note"', "needs a column that [dataset] `drop` names"),
        ('kind = "what"', 'kind = "snapshot_date"', "a column is called `snapshot_date`"),
        ('kind = "what"', 'kind = "what"\ncounted_kinds = ["value"]', "`counted_kinds` may not be called events or"),
        ('drop = ["note"]', 'target = "left"', "makes the label; leave `target` and `positive` out"),
        ('source = "shop.csv"', 'source = "simulator"', "the simulator has its own tables"),
        ("windows = [10, 20]", "windows = []", "`windows` is []; expected days, 1 or more each"),
        ("windows = [10, 20]", "windows = [0, 20]", "expected days, 1 or more each"),
        ("windows = [10, 20]", "windows = [20, 10]", "expected from short to long"),
        ("windows = [10, 20]", "windows = [10, 10]", "expected from short to long"),
        ("windows = [10, 20]", "windows = [1.5]", "expected a list of whole numbers"),
        ('first = "2024-01-31"', 'first = "31.1.2024"', "`first` is '31.1.2024'; expected a day like 2024-01-31"),
        ('first = "2024-01-31"', 'first = "2025-01-31"', "`first` is '2025-01-31', after `last`"),
        ('last = "2024-12-31"', 'last = "2024-13-31"', "`last` is '2024-13-31'; expected a day"),
        ('every = "14 days"', 'every = "fortnight"', "`every` is 'fortnight'; expected 'month'"),
        ('every = "14 days"', "active_days = 0", "`active_days` is 0; expected 1 or more"),
        ('every = "14 days"', 'missing_id = "ignore"', "`missing_id` is 'ignore'; expected one of"),
        ('every = "14 days"', 'duplicates = "drop"', "`duplicates` is 'drop'; expected one of"),
        ("[events]", "[evnts]", "expected the name of a column, or a section [events] that makes the label"),
    ],
)
def test_a_mistake_is_told_with_what_was_expected(tmp_path, old, new, told):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, SOUND.replace(old, new))
    assert told in str(error.value)
