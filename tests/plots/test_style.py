import pandas as pd
import pytest

from churn_mlops.plots.style import as_number


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.83174512, "0.8317"),
        (0.5, "0.5"),
        (0.000153, "0.000153"),
        (65.533, "65.53"),
        (10258.65, "10,259"),
        (-1234.5, "-1,234"),
    ],
)
def test_a_number_is_shown_as_it_can_be_read_at_a_glance(value, shown):
    assert as_number(value) == shown
    assert shown in pd.DataFrame({"value": [value]}).to_html()


def test_a_sentence_in_a_table_is_shown_whole():
    sentence = "a gate's message" * 20
    assert sentence in pd.DataFrame({"message": [sentence]}).to_html()
