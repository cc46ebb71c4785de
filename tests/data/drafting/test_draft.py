import re

import numpy as np
import pandas as pd
import pytest
from tests.data.drafting.conftest import ROWS, people

from churn_mlops.config import Column
from churn_mlops.data.sources import TABLE, locate, open_source
from churn_mlops.errors import DataError, MissingColumns

pytestmark = pytest.mark.slow

LEFT = np.arange(ROWS) % 5 == 0
RNG = np.random.default_rng(3)
DAYS = pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 300, ROWS), "D")


def test_roles_rules_units_and_money_are_drafted_and_the_source_is_found_from_the_definition(drafted, tmp_path):
    draft, config = drafted(people())
    dataset = config.definition.dataset
    assert (dataset.id, dataset.target, dataset.positive, dataset.drop) == ("customer_id", "churn", "yes", ())
    assert config.definition.columns == {
        "plan": Column("category", values=("basic", "plus")),
        "monthly_charge_eur": Column("number", low=0, unit="EUR"),
    }
    assert config.definition.money.currency == "EUR"
    assert dataset.source == "people.csv"
    assert "# yes means: has left, 20.0% of the rows" in draft.text
    assert re.search(r"# seen: [\d.]+ to [\d.]+\n", draft.text)
    source = open_source(config.definition, locate(config))
    assert source.tables[TABLE].count().execute() == ROWS


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ({"country": "AT"}, "constant: always 'AT'"),
        ({"nothing": ""}, "empty"),
        ({"email": [f"{n}@x" for n in range(ROWS)]}, "an identifier: another value in each row"),
        ({"RowNumber": range(1, ROWS + 1)}, "an identifier: another value in each row"),
        ({"n": range(ROWS)}, "the number of the row"),
        ({"comment": [f"word {n % 300}" for n in range(ROWS)]}, "names or free text: 300 values in 400 rows"),
        ({"copy": np.where(LEFT, "gone", "here")}, r"tells the classes apart alone (ROC AUC 1.000)"),
        ({"nearly": np.where(RNG.random(ROWS) < 0.004, ~LEFT, LEFT).astype(int)}, "tells the classes apart alone"),
        ({"churn_score": (LEFT * 2 + RNG.normal(size=ROWS)).round(3)}, "its name speaks of leaving, and alone"),
        ({"why": np.where(LEFT, RNG.choice(["price", "moved"], ROWS), None)}, "filled for those who left only"),
        ({"renewed": np.where(LEFT, None, RNG.choice(["web", "shop"], ROWS))}, "filled for those who stayed only"),
        ({"cancelled_on": DAYS.where(LEFT).strftime("%Y-%m-%d")}, "filled for those who left only"),
    ],
)
def test_a_column_that_cannot_serve_is_left_out_and_listed_with_the_reason(drafted, column, reason):
    (name,) = column
    draft, config = drafted(people(**column))
    assert config.definition.dataset.drop == (name,)
    assert name not in config.definition.columns
    assert any(f"left out: `{name}`, {reason}" in line for line in draft.decided)
    (line,) = [line for line in draft.text.splitlines() if line.strip().startswith(f'"{name}"')]
    assert f"# {reason}" in line


@pytest.mark.parametrize(
    "column",
    [
        {"few": np.where(np.isin(np.arange(ROWS), [0, 5, 10]), "x", None)},  # three of those who left: chance
        {"strong": (LEFT + RNG.normal(0, 0.6, ROWS)).round(3)},  # an honest, strong feature
        {"spend": RNG.normal(size=ROWS)},  # another value in each row, and a measure all the same
        {"signup": DAYS.strftime("%Y-%m-%d")},
        {"sometimes": np.where(np.arange(ROWS) % 3 == 0, "x", None)},
    ],
)
def test_a_column_that_may_serve_is_kept(drafted, column):
    assert drafted(people(**column))[1].definition.dataset.drop == ()


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        ({"tenure": RNG.integers(0, 72, ROWS)}, Column("number", low=0, unit="months")),
        ({"day_minutes": RNG.gamma(2, 50, ROWS)}, Column("number", low=0, unit="minutes")),
        ({"calls": RNG.integers(0, 9, ROWS)}, Column("number", low=0)),
        ({"temperature": RNG.gamma(2, 5, ROWS)}, Column("number")),  # it might be below 0 next month
        ({"balance_eur": RNG.normal(size=ROWS)}, Column("number", unit="EUR")),  # an account may be overdrawn
        ({"senior": RNG.integers(0, 2, ROWS)}, Column("category", values=("0", "1"))),
        ({"area_code": RNG.choice([408, 415, 510], ROWS)}, Column("category", values=("408", "415", "510"))),
        ({"state": [f"s{n % 51}" for n in range(ROWS)]}, Column("category")),
        ({"signup": DAYS.strftime("%Y-%m-%d")}, Column("date")),
        ({"signup": DAYS.strftime("%Y-%m-%d %H:%M")}, Column("date")),
        ({"total": [" " if n < 9 else str(n / 7) for n in range(ROWS)]}, Column("number")),
        ({"total": ["NA" if n < 9 else str(n / 7) for n in range(ROWS)]}, Column("number")),
    ],
)
def test_a_rule_is_what_the_values_and_the_name_tell(drafted, column, rule):
    (name,) = column
    assert drafted(people(**column))[1].definition.columns[name] == rule


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (("Yes", "No"), "Yes"),
        (("1", "0"), "1"),
        (("1", "-1"), "1"),
        (("True.", "False."), "True."),
        (("Attrited Customer", "Existing Customer"), "Attrited Customer"),
        (("left", "stayed"), "left"),
        (("a", "b"), "a"),  # the rarer one
        (("yes", "Exited"), "yes"),
    ],
)
def test_the_positive_value_is_guessed_and_a_guess_without_a_word_for_it_is_owned_up_to(drafted, values, positive):
    draft, config = drafted(people(churn=np.where(LEFT, *values)))
    assert config.definition.dataset.positive == positive
    assert any("whether" in line for line in draft.unsure) == (values in (("a", "b"), ("yes", "Exited")))


def test_a_target_of_truths_needs_no_positive_value(drafted):
    draft, config = drafted(people(churn=LEFT), "people.parquet")
    assert config.definition.dataset.positive == ""
    assert "# true means: has left, 20.0%" in draft.text


@pytest.mark.parametrize("name", ["Churn", "churned", "Exited", "Attrition_Flag", "is_churn", "Churn Value"])
def test_a_target_is_found_by_its_name(drafted, name):
    assert drafted(people(churn=None, **{name: np.where(LEFT, 1, 0)}))[1].definition.dataset.target == name


def test_what_is_told_goes_before_what_is_guessed(drafted):
    frame = people(left=np.where(LEFT, "x", "y"), account=[f"a{n}" for n in range(ROWS)])
    _, config = drafted(frame, target="left", id="account")
    assert (config.definition.dataset.target, config.definition.dataset.id) == ("left", "account")


def months(**columns) -> pd.DataFrame:
    """Every customer in two months."""
    both = [people(month=month, **columns) for month in ("2024-01-01", "2024-02-01")]
    return pd.concat(both, ignore_index=True)


def test_a_date_that_tells_the_rows_of_a_customer_apart_is_the_snapshot_date(drafted):
    draft, config = drafted(months())
    assert config.definition.dataset.snapshot_date == "month"
    assert "horizon_days = 30" in draft.text


def test_dates_after_the_snapshot_were_not_known_then(drafted):
    draft, config = drafted(months(last_login=["2024-02-15" if n % 2 else "2023-12-15" for n in range(ROWS)]))
    assert config.definition.dataset.drop == ("last_login",)
    assert any("400 of its dates lie after the snapshot" in line for line in draft.decided)


def test_without_a_column_that_names_the_customer_rows_are_numbered(drafted):
    draft, config = drafted(people(customer_id=None))
    assert config.definition.dataset.id == config.definition.source.number_rows == "row_number"
    table = open_source(config.definition, locate(config)).tables[TABLE].to_pandas()
    assert table["row_number"].tolist() == [str(n) for n in range(1, ROWS + 1)]
    assert any("numbers of rows change" in line for line in draft.unsure)


@pytest.mark.parametrize(
    ("columns", "id"),
    [
        ({"Kundennr": [f"K{n}" for n in range(ROWS)]}, "Kundennr"),
        ({"email": [f"{n}@x" for n in range(ROWS)]}, "row_number"),
        ({"one": [f"a{n}" for n in range(ROWS)], "two": [f"b{n}" for n in range(ROWS)]}, "row_number"),
    ],
)
def test_the_only_text_that_names_each_row_is_the_customer_unless_it_says_who_they_are(drafted, columns, id):
    draft, config = drafted(people(customer_id=None, **columns))
    assert config.definition.dataset.id == id
    assert any("guessed from its values" in line for line in draft.decided) == (id != "row_number")


@pytest.mark.parametrize("day", ["2024-02-01", "01.02.2024"])
def test_a_snapshot_date_that_is_told_is_told_back(drafted, day):
    draft, config = drafted(people(seen_on=day), time="seen_on")
    assert config.definition.dataset.snapshot_date == "seen_on"
    assert "snapshot date `seen_on`" in draft.decided


@pytest.mark.parametrize(
    ("frame", "asked", "error", "told"),
    [
        (people(churn=None), {}, DataError, "no column whose name says who left. Columns with two values: `plan`"),
        (
            people(churn=None, why=["price", "moved", None, None] * (ROWS // 4)),
            {},
            DataError,
            "two values and none missing: `plan`",
        ),
        (people(), {"target": "Churn"}, MissingColumns, r"no column `Churn` \(did you mean `churn`\?\)"),
        (people(), {"target": "monthly_charge_eur"}, DataError, r"has \d+ distinct values .* expected two"),
        (people(churn="yes"), {"target": "churn"}, DataError, r"has 1 distinct values \('yes'\); expected two"),
        (people(), {"id": "who"}, MissingColumns, "no column `who`"),
        (people(), {"time": "plan"}, DataError, "`plan` holds no dates"),
    ],
)
def test_a_table_without_a_target_is_refused_with_the_cure(drafted, frame, asked, error, told):
    with pytest.raises(error, match=f"people.csv.*{told}.*Cure: "):
        drafted(frame, **asked)


def test_a_column_that_is_told_and_not_there_is_cured_at_the_option_that_tells_it(drafted):
    with pytest.raises(MissingColumns, match=r"no column `Churn` .*, `on`\..*Cure: correct --target and --time\.$"):
        drafted(people(), target="Churn", time="on")


def test_a_log_of_events_is_told_from_a_table_of_customers(drafted):
    log = pd.concat([people(churn=None, at=f"2024-01-{day:02} 10:00") for day in range(1, 6)])
    with pytest.raises(
        DataError, match=r"looks like a log of events.*5 rows for each of 400 `customer_id`.*\[events\]"
    ):
        drafted(log)
