"""Ids of predictions are read strictly, for one must never be taken for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.why.ids import Listed, listed, parse

VERSION = "20261128-160927-9b72a6"


@given(st.text(min_size=1))
def test_whatever_a_customer_is_called_the_id_leads_back(customer):
    assert parse(listed(VERSION, customer)) == Listed(VERSION, customer)


@given(st.from_regex(r"p[0-9a-f]{32}", fullmatch=True))
def test_ids_of_the_service_are_what_they_are(id):
    assert parse(id) == id


@pytest.mark.parametrize(
    "text",
    [
        "", "/", f"{VERSION}", f"{VERSION}/", f"/{VERSION}", "latest/c1", "champion/c1", "20261128/c1",
        f" {VERSION}/c1",
        "p" + "0" * 31, "p" + "0" * 33, "P" + "0" * 32, "p" + "G" * 32, "p" + "0" * 32 + "\n", f"../{VERSION}/c1",
    ],
)  # fmt: skip
def test_anything_else_is_an_error_that_says_how_they_are_spelled(text):
    with pytest.raises(ConfigError, match=r"expected VERSION/CUSTOMER.*Cure: python pipeline.py why --customer"):
        parse(text)
