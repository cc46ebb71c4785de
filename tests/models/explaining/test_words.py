import math

import pytest

from churn_mlops.features.signature import MISSING, Column
from churn_mlops.models.explaining.words import describe, digits, plain, readable

TENURE = Column("tenure", "number", None, 0.0, 72.0, unit="months", deciles=(0, 2, 6, 12, 20, 29, 40, 50, 60, 69, 72))
DATE = Column("signed", "number", None, 0.0, 1000.0, since="2020-01-01", unit="days since 2020-01-01")


def category(name="Contract", *levels):
    return Column(name, "category", tuple(levels) or ("Month-to-month", "One year"))


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (category(), "Month-to-month", "contract is month-to-month"),
        (category(), "Two year", "contract is two year, never seen before"),
        (category(), MISSING, "no value for contract"),
        (category(), math.nan, "no value for contract"),
        (category("City", "Berlin"), "Berlin", "city is Berlin"),
        (category("InternetService", "DSL"), "DSL", "internet service is DSL"),
        (category("PaperlessBilling", "Yes"), "Yes", "paperless billing: yes"),
        (category("OnlineBackup", "No internet service"), "No internet service", "online backup: no internet service"),
        (category("x", ""), "", "x is blank"),
        (TENURE, 3.0, "tenure is low (3 months)"),
        (TENURE, 1.0, "tenure is very low (1 month)"),
        (TENURE, 30.5, "tenure is average (30.5 months)"),
        (TENURE, 61.0, "tenure is high (61 months)"),
        (TENURE, 72.0, "tenure is very high (72 months)"),
        (TENURE, 90.0, "tenure is higher than ever seen (90 months)"),
        (TENURE, -1.0, "tenure is lower than ever seen (-1 months)"),
        (TENURE, math.nan, "no value for tenure"),
        (Column("TotalCharges", "number", None, 0.0, 9000.0), math.nan, "no value for total charges"),
        (Column("TotalCharges", "number", None, 0.0, 9000.0), 8_700.4, "total charges are very high (8,700)"),
        (Column("empty", "number"), 1.0, "empty is known, as never before (1)"),
        (Column("contacts_3m", "number", None, 0.0, 7.0, unit="contacts"), 0.0, "no contacts over 3 months"),
        (
            Column("discount", "number", None, 0.0, 0.4, unit="share of the list price"),
            0.2,
            "discount is average (20% of the list price)",
        ),
        (
            Column("satisfaction_mean_6m", "number", None, 1.0, 5.0, unit="1 (bad) to 5 (good)"),
            1.0,
            "mean satisfaction over 6 months is very low (1 on a scale of 1 (bad) to 5 (good))",
        ),
        (Column("SeniorCitizen", "number", None, 0.0, 1.0, deciles=(0,) * 8 + (1,) * 3), 1.0, "senior citizen: yes"),
        (Column("SeniorCitizen", "number", None, 0.0, 1.0, deciles=(0,) * 8 + (1,) * 3), 0.0, "senior citizen: no"),
        (DATE, 31.0, "signed is very early (2020-02-01)"),
        (DATE, 1096.0, "signed is later than ever seen (2023-01-01)"),
    ],
)
def test_a_value_is_told_as_people_say_it(column, value, expected):
    assert describe(column, value) == expected


@pytest.mark.parametrize(
    ("name", "unit", "expected"),
    [
        ("MonthlyCharges", "", "monthly charges"),
        ("StreamingTV", "", "streaming TV"),
        ("tenure_months", "months", "tenure"),
        ("months", "months", "months"),
        ("days_since_last_contact", "days", "days since last contact"),
        ("events_30d_of_90d", "", "events 30 days of 90 days"),
        ("usage_1m", "", "usage over 1 month"),
        ("=cmd|' /C calc'!A0", "", "cmd c calc A0"),
        ("---", "", "a column without a name"),
        ("<b>x</b>", "", "b x b"),
    ],
)
def test_a_column_is_named_in_words(name, unit, expected):
    assert readable(name, unit) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n b\t\x00c", "a b c"),
        ("\u202egnihsif\u2066", "gnihsif"),
        ("x" * 60, "x" * 47 + "…"),
        (5, "5"),
    ],
)
def test_what_data_says_becomes_one_short_printable_line(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize("level", ["<script>alert(1)</script>", "=1+1", "@SUM(A1)", "+1", "a\r\nb,c"])
def test_no_level_can_begin_a_formula_or_a_line(level):
    told = describe(category("plan", level), level)
    assert told.startswith("plan is ")
    assert told.isprintable()


@pytest.mark.parametrize(
    ("value", "expected"), [(3.0, "3"), (1234.5, "1,234"), (0.12345, "0.123"), (-0.5, "-0.5"), (1e6, "1,000,000")]
)
def test_numbers_have_the_digits_that_people_read(value, expected):
    assert digits(value) == expected
