from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.data.expectations import Expectations, check_dataset
from churn_mlops.errors import ConfigError, DataError


@dataclass
class Table:
    rows: int


class Dataset100:
    """A checked dataset of so many kept rows and rows set aside."""

    def __init__(self, kept=95, aside=5, expected=0):
        self.kept, self.aside = kept, aside
        self.used, self.contracts = {"table": Table(kept)}, ()
        self.reasons = Counter({("table", "x is missing"): aside})
        self.expected = Counter({"table": expected})

    def rows_in(self, name):
        return self.kept + self.aside

    def set_aside(self, name):
        return self.aside


def check(checked=None, left=20, stayed=80, newest=None, last=None, source="d.csv", **limits):
    definition = Definition(Dataset("d", source, id="id", target="y"), Money(100, 10, 0.5))
    outcomes = pd.DataFrame({"left": [left], "stayed": [stayed]})
    check_dataset(Expectations(**limits), definition, checked or Dataset100(), outcomes, newest, last)


def ago(days):
    return f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"checked": Dataset100(100, 0), "max_quarantined": 0.0},
        {"checked": Dataset100(0, 0), "min_rows": 0},
        {"checked": Dataset100(75, 25, expected=25), "max_quarantined": 0.0},  # as the definition says
        {"min_rows": 95},
        {"last": {"rows": 190}, "max_row_change": 0.5},
        {"last": {"rows": 1}, "max_row_change": None},
        {"last": None, "max_row_change": 0.0},
        {"last": {"rows": 1}, "max_row_change": 0.1, "source": "simulator"},
        {"newest": ago(7), "max_age_days": 7},
        {"newest": ago(700)},
        {"min_churn_rate": 0.2, "max_churn_rate": 0.2},
        {"left": 0, "stayed": 0, "min_churn_rate": 0.2},
    ],
)
def test_a_dataset_within_its_limits_passes(given):
    check(**given)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"checked": Dataset100(94, 6)},
            r"6 of 100 rows \(6\.0%\).*at most 5\.0%.*x is missing.*Cure.*max_quarantined",
        ),
        ({"checked": Dataset100(0, 1), "max_quarantined": 0.5}, r"1 of 1 rows \(100\.0%\)"),
        ({"min_rows": 96}, "95 rows are left; at least 96.*Cure.*min_rows"),
        ({"last": {"rows": 200}, "max_row_change": 0.5}, r"95 rows, -52\.5% against the last run's 200.*Cure"),
        ({"last": {"rows": 50}, "max_row_change": 0.5}, r"\+90\.0%.*data\.max_row_change=0\.91"),
        ({"newest": ago(9), "max_age_days": 7}, "9 days old; at most 7.*Cure.*max_age_days"),
        ({"newest": None, "max_age_days": 7}, "no date.*Cure"),
        ({"min_churn_rate": 0.21}, r"20 of 100 customers left \(20\.0%\); expected 21\.0%.*Cure"),
        ({"max_churn_rate": 0.1}, "20 of 100 customers left"),
    ],
)
def test_a_broken_rule_of_the_whole_names_the_value_and_the_cure(given, told):
    with pytest.raises(DataError, match=told) as caught:
        check(**given)
    assert caught.value.exit_code == 3


def test_all_broken_rules_are_told_at_once():
    with pytest.raises(DataError, match=r"(?s)break the contract.*are left.*customers left"):
        check(checked=Dataset100(1, 99), min_rows=10, max_churn_rate=0.0)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"max_quarantined": 1.5}, "data.max_quarantined is 1.5; expected a share, 0 to 1"),
        ({"max_quarantined": -0.1}, "data.max_quarantined"),
        ({"min_rows": -1}, "data.min_rows is -1; expected 0 or more"),
        ({"max_row_change": -0.5}, "data.max_row_change"),
        ({"max_age_days": -1}, "data.max_age_days"),
        ({"min_churn_rate": 0.5, "max_churn_rate": 0.4}, "data.min_churn_rate is 0.5; expected at most"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(limits, told):
    with pytest.raises(ConfigError, match=f"{told}.*Cure"):
        Expectations(**limits)
