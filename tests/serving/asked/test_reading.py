import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.config import Column as Declared
from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.features.signature import MISSING, Column, Signature
from churn_mlops.serving.asked import BadRequest, Reader, make_fields, parse_body

COLUMNS = (
    Column("tenure", "number", low=1.0, high=60.0, unit="months"),
    Column("balance", "number", low=-50.0, high=900.0),
    Column("age", "number", low=18.0, high=90.0),
    Column("plan", "category", ("(missing)", "basic", "plus")),
    Column("paperless", "category", ("no", "yes")),
    Column("joined", "number", low=7000.0, high=9000.0, since="2000-01-01"),
    Column("void", "number"),
)
ROW = {"tenure": 5, "balance": -3.5, "age": 40, "plan": "basic", "paperless": "no", "joined": 8000, "void": None}
READ = [5, -3.5, 40, "basic", "no", 8000, pytest.approx(math.nan, nan_ok=True)]


@pytest.fixture(scope="module")
def reader():
    declared = {"age": Declared(type="number", low=18, high=110)}
    definition = Definition(Dataset("d", "d.csv", "id", "left"), Money(1, 1, 1), columns=declared)
    return Reader(make_fields(Signature("customer", "day", COLUMNS), definition), "customer", "day")


def test_a_row_is_read_in_the_order_of_the_signature(reader):
    row = reader.read(dict(reversed(ROW.items())))
    assert (row.values, row.customer, row.unusual) == (READ, None, [])


@pytest.mark.parametrize(("id", "customer"), [("c7", "c7"), (7, "7"), (7.0, "7"), (None, None)])
def test_the_customer_and_the_day_may_stand_beside(reader, id, customer):
    row = reader.read({**ROW, "customer": id, "day": "2026-01-01"})
    assert (row.values, row.customer) == (READ, customer)


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ({"tenure": None}, math.nan),
        ({"plan": None}, MISSING),
        ({"joined": "2021-11-26"}, 8000.0),
        ({"joined": None}, math.nan),
        ({"paperless": True}, "yes"),
        ({"paperless": False}, "no"),
        ({"balance": 0}, 0),
    ],
    ids=str,
)
def test_gaps_days_and_truths_are_read_as_training_reads_them(reader, changed, taken):
    (name,) = changed
    row = reader.read({**ROW, **changed})
    assert row.values[list(ROW).index(name)] == pytest.approx(taken, nan_ok=True)
    assert row.unusual == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("plan", "gold", '"gold"'),
        ("plan", "", '""'),
        ("tenure", 61, "1 to 60 in training"),
        ("tenure", 0, "1 to 60 in training"),
        ("balance", -1e6, "-50 to 900 in training"),
        ("age", 105, "18 to 90 in training"),
        ("joined", "2050-01-01", "a day as in training"),
        ("void", 3, "no value at all in training"),
    ],
)
def test_what_training_has_never_seen_is_answered_and_flagged(reader, name, value, told):
    (problem,) = reader.read({**ROW, name: value}).unusual
    assert problem.field == name
    assert told in (problem.rule, problem.value) or problem.rule.startswith(told)


@pytest.mark.parametrize(
    ("changed", "rule", "seen"),
    [
        ({"tenure": -1}, "a number, 0 or more, or null", "-1"),
        ({"tenure": "7"}, "a number, 0 or more, or null", '"7"'),
        ({"tenure": True}, "a number, 0 or more, or null", "true"),
        ({"tenure": [7]}, "a number, 0 or more, or null", "a list of 1"),
        ({"tenure": math.nan}, "a number, 0 or more, or null", "NaN"),
        ({"balance": math.inf}, "a number or null", "Infinity"),
        ({"balance": 10**400}, "a number or null", "1000000000"),
        ({"age": 17}, "a number, 18 to 110, or null", "17"),
        ({"age": 111}, "a number, 18 to 110, or null", "111"),
        ({"plan": 7}, "a text or null", "7"),
        ({"plan": True}, "a text or null", "true"),
        ({"plan": "x" * 201}, "of at most 200 letters", "xxx"),
        ({"plan": "\ud800"}, "that UTF-8 can write", "ud800"),
        ({"joined": "yesterday"}, "a day as YYYY-MM-DD", "yesterday"),
        ({"joined": "2021-02-30"}, "a day as YYYY-MM-DD", "2021-02-30"),
        ({"tenur": 3}, "a field of the model; did you mean `tenure`?", "3"),
        ({"customer": {"a": 1}}, "a text of at most 200 letters", "an object of 1"),
        ({"customer": "\udfff"}, "a text of at most 200 letters", "udfff"),
    ],
    ids=range(18),
)
def test_what_breaks_a_rule_is_refused_with_field_rule_and_value(reader, changed, rule, seen):
    with pytest.raises(BadRequest) as caught:
        reader.read({**ROW, **changed})
    (problem,) = caught.value.problems
    assert problem.field == next(iter(changed))
    assert rule in problem.rule
    assert seen in problem.value
    assert len(problem.value) <= 80


def test_a_number_of_ten_thousand_digits_is_refused_by_the_name_of_its_field(reader):
    body = json.dumps({**ROW, "tenure": 0}).replace('"tenure": 0', f'"tenure": {"9" * 10_000}')
    with pytest.raises(BadRequest, match=r"`tenure`: expected a number.*10,000 digits"):
        reader.read(parse_body(body.encode()))


def test_all_that_is_wrong_is_told_at_once_with_the_row_of_a_batch(reader):
    without = {name: value for name, value in ROW.items() if name != "age"}
    with pytest.raises(BadRequest) as caught:
        reader.read_all([ROW, {**ROW, "tenure": -1, "plan": 3}, without, 7])
    told = [(problem.row, problem.field) for problem in caught.value.problems]
    assert told == [(1, "tenure"), (1, "plan"), (2, "age"), (3, "")]
    assert "each field is needed" in caught.value.problems[2].rule


def test_the_problems_that_are_told_are_bounded(reader):
    with pytest.raises(BadRequest) as caught:
        reader.read_all([{f"x{n}": n for n in range(1000)}] * 1000)
    assert len(caught.value.problems) == 100


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)


def read_or_problems(reader, asked):
    try:
        return reader.read(asked), []
    except BadRequest as error:
        return None, error.problems


@given(st.dictionaries(st.sampled_from([*ROW, "customer", "day", "other"]), ANY) | ANY, st.booleans())
def test_whatever_is_asked_is_read_or_refused(reader, asked, whole):
    asked = {**ROW, **asked} if whole and isinstance(asked, dict) else asked
    row, problems = read_or_problems(reader, asked)
    json.dumps([problem.as_json() for problem in problems], allow_nan=False)
    if row is None:
        assert problems
        return
    for column, value in zip(COLUMNS, row.values, strict=True):
        if column.kind == "category":
            assert isinstance(value, str)
        else:
            assert isinstance(value, int | float)
            assert not math.isinf(value)
