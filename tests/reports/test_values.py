import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.reports.values import LONGEST, described


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("'two words'", {"kind": "said", "text": "two words"}),
        ('"it\'s so"', {"kind": "said", "text": "it's so"}),
        ("'abc123'", {"kind": "word", "text": "abc123"}),
        ("{'rows': 24081, 'rate': 0.048895}", {"kind": "facts", "facts": [("rows", "24,081"), ("rate", "0.0489")]}),
        ("{'model': 'boosted', 'fit': None}", {"kind": "facts", "facts": [("model", "boosted"), ("fit", "–")]}),
        ("{'a': [1]}", None),
        ("{1, 2}", None),
        ("{}", None),
        ("' '", None),
        ("'open", None),
        ("'a' + x", None),
        ("[1]", None),
        ("12", None),
        (repr("a " * LONGEST), None),
    ],
)
def test_a_plain_result_is_told_as_what_it_is(shown, value):
    assert described(shown) == value


@given(st.one_of(st.text(), st.text().map(lambda t: f"'{t}"), st.text().map(lambda t: "{" + t)))
def test_any_text_can_be_looked_at(shown):
    assert described(shown) is None or described(shown)["kind"] in ("said", "word", "facts")
