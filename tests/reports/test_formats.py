import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.reports.formats import apart, duration, moment, money, number, segment, share, size, stage_title


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.83454, "0.835"),
        (0.5, "0.500"),
        (0.0398, "0.0398"),
        (0.00001234, "1.23e-05"),
        (0.99999, "1.00"),
        (4.1234, "4.12"),
        (12.345, "12.3"),
        (999.6, "1000"),
        (12345.6, "12,346"),
        (412345, "412,345"),
        (-0.0031, "−0.00310"),
        (0.0, "0"),
        (0, "0"),
        (True, "yes"),
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "inf"),
        ("nan", "nan"),
    ],
)
def test_a_number_has_three_significant_digits(value, text):
    assert number(value) == text


@given(st.floats(min_value=1e-4, max_value=999, allow_nan=False))
def test_a_written_number_is_within_half_a_unit_of_its_third_digit(value):
    assert float(number(value)) == pytest.approx(value, rel=0.005)


@given(st.one_of(st.floats(), st.integers(-(10**30), 10**30), st.none(), st.booleans()))
def test_any_value_of_a_metric_can_be_written(value):
    assert isinstance(number(value), str)
    assert isinstance(money(value), str)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (41280.4, "EUR", "€41,280"),
        (-1200, "USD", "−$1,200"),
        (12.5, "GBP", "£12.50"),
        (0, "EUR", "€0"),
        (1e6, "CHF", "CHF 1,000,000"),
        (None, "EUR", "–"),
    ],
)
def test_money_has_its_currency_and_thousands(amount, currency, text):
    assert money(amount, currency) == text


@pytest.mark.parametrize(
    ("value", "threshold", "pair"),
    [
        (0.84494, 0.845, ("0.8449", "0.8450")),
        (0.83, 0.5, ("0.830", "0.500")),
        (0.5, 0.5, ("0.500", "0.500")),
        (None, 0.5, ("–", "0.500")),
        ("a", "a", ("a", "a")),
    ],
)
def test_two_numbers_that_differ_are_written_so_that_one_sees_which_is_larger(value, threshold, pair):
    assert apart(value, threshold) == pair


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.12, "4.1 s"), (41.2, "41 s"), (59.7, "1 min 0 s"), (72, "1 min 12 s"), (7500, "2 h 5 min"), (None, "–")],
)
def test_a_duration_reads_as_people_say_it(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("iso", "text"),
    [
        ("2026-11-23T22:46:00Z", "23 Nov 2026, 22:46 UTC"),
        ("2026-06-30", "30 Jun 2026"),
        ("2026-06-30T08:00:00+02:00", "30 Jun 2026, 08:00"),
        ("soon", "soon"),
        (None, "–"),
    ],
)
def test_a_moment_names_its_month_and_zone(iso, text):
    assert moment(iso) == text


@pytest.mark.parametrize(("count", "text"), [(12, "12 bytes"), (1234, "1.23 kB"), (5e6, "5 MB"), (2e12, "2e+03 GB")])
def test_a_size_has_the_largest_fitting_unit(count, text):
    assert size(count) == text


def test_a_share_is_a_percentage():
    assert (share(0.1234), share(None)) == ("12.3%", "–")


@pytest.mark.parametrize(
    ("name", "title"), [("03_train", "03 Train"), ("035_my_segments", "035 My segments"), ("other", "other")]
)
def test_a_stage_is_spoken_of_by_number_and_name(name, title):
    assert stage_title(name) == title


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("03_train", "03_train"),
        ("20261123-224600-3f2a91", "20261123-224600-3f2a91"),
        ("javascript:x", "javascript%3Ax"),
        ("//host/x", "%2F%2Fhost%2Fx"),
        ("a b?c#d", "a%20b%3Fc%23d"),
        ("\ud800", "%3F"),
    ],
)
def test_a_name_in_an_address_is_only_a_name(name, part):
    assert segment(name) == part
