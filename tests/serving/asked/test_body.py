import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.serving.asked import BadRequest, Huge, parse_body

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_what_json_can_hold_is_read_as_it_is(value):
    assert parse_body(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the body: expected JSON, got Expecting value at character 0"),
        (b"{", "expected JSON"),
        (b"\xff\xfe{}", "the body: expected UTF-8, got byte 0xff at 0"),
        (b'{"plan": "\xc3"}', "expected UTF-8, got byte 0xc3 at 10"),
        (b'{"spend": 1, "spend": 2}', "`spend`: expected each key once, got the key twice"),
        (b'{"a" : 1, "a":2}', "`a`: expected each key once"),
        (b'{"a": "x:y", "a": 1}', "`a`: expected each key once"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "`c`: expected each key once"),
        (b'{"a": 1' + b" " * 20_000 + b', "a": 2}', "`a`: expected each key once"),
        (b'{"rows": [{"a": 1, "b": 2, "a": 3}]}', "`a`: expected each key once"),
        (b"[" * 100_000, "a few levels deep, got more levels than can be read"),
        (b'{"a":' * 100_000, "a few levels deep"),
        (b'{"spend": 1} {}', "expected JSON, got Extra data at character 13"),
        (b"{'spend': 1}", "expected JSON"),
    ],
    ids=range(14),
)
def test_what_is_no_json_is_refused_with_what_and_where(body, told):
    with pytest.raises(BadRequest) as caught:
        parse_body(body)
    assert (caught.value.status, told in str(caught.value)) == (400, True), str(caught.value)


def test_numbers_that_no_field_takes_are_left_for_the_fields_to_name():
    read = parse_body(b'{"a": NaN, "b": 1e999, "c": -Infinity, "d": ' + b"7" * 10_000 + b', "e": 12}')
    assert math.isnan(read["a"])
    assert (read["b"], read["c"], read["e"]) == (math.inf, -math.inf, 12)
    assert isinstance(read["d"], Huge)
