"""JSON of another hand has one meaning, or is refused with the name of its file."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.archive import parsing
from churn_mlops.archive.parsing import parse_json, understood
from churn_mlops.errors import ConfigError, UnreadableFile

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES)
def test_what_json_writes_is_read_the_same(value):
    assert parse_json(json.dumps(value), "x.json") == value
    assert parse_json(json.dumps(value).encode(), "x.json") == value


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b'\xef\xbb\xbf{"a": 1}', "BOM"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands twice"),
        (b"[NaN]", "NaN is no number"),
        (b"[-Infinity]", "-Infinity is no number"),
        (b"[1e999]", "too large"),
        (b"[" + b"9" * 50 + b"]", "50 digits"),
    ],
)
def test_what_could_mislead_is_refused_by_name(content, told):
    with pytest.raises(UnreadableFile) as error:
        parse_json(content, "some/file.json")
    assert str(error.value).startswith("some/file.json: ")
    assert told in str(error.value)
    assert "Cure: " in str(error.value)


def test_a_file_too_large_is_not_looked_into(monkeypatch):
    monkeypatch.setattr(parsing, "LARGEST", 3)
    with pytest.raises(UnreadableFile, match="more than 3 are not read"):
        parse_json(b"[1, 2]", "x.json")


@pytest.mark.parametrize(
    "make", [lambda: {}["a"], lambda: [][0], lambda: None + 1, lambda: int("x"), lambda: (1).x, lambda: 1 / 0]
)
def test_what_cannot_be_made_of_a_file_is_told_with_its_name(make):
    told = r"a\.json: expected such and such; found something else"
    with pytest.raises(UnreadableFile, match=told), understood("a.json", "expected such and such"):
        make()


def test_what_is_ours_already_and_what_the_disk_says_pass():
    for error in (ConfigError("told"), OSError("disk"), KeyboardInterrupt()):
        with pytest.raises(type(error)) as raised, understood("a.json", "expected such and such"):
            raise error
        assert raised.value is error
