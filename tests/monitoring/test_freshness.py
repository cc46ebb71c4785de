from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from churn_mlops.monitoring.freshness import freshness_table, measure_freshness

NOW = "2026-07-10T12:00:00Z"


@pytest.mark.parametrize(
    "since",
    [
        "2026-06-30",
        "2026-06-30T00:00:00Z",
        date(2026, 6, 30),
        datetime(2026, 6, 30),
        datetime(2026, 6, 30, 2, tzinfo=timezone(timedelta(hours=2))),
        pd.Timestamp("2026-06-30"),
        np.datetime64("2026-06-30T00:00:00.000000000"),
    ],
)
def test_an_age_is_counted_from_any_kind_of_date(since):
    assert measure_freshness(since, None, NOW).data.days == 10.5


@pytest.mark.parametrize(
    ("since", "verdict"),
    [
        ("2026-06-30", "fresh"),
        ("2026-05-26T12:00:00Z", "fresh"),  # 45 days, the limit itself
        ("2026-05-26T11:59:00Z", "old"),
        ("2026-07-11", "fresh"),  # the end of today in another time zone
        ("2026-08-31", "unknown"),
        (None, "unknown"),
        ("", "unknown"),
        (pd.NaT, "unknown"),
        (np.nan, "unknown"),
        (np.datetime64("NaT"), "unknown"),
    ],
)
def test_data_are_fresh_old_or_of_unknown_age(since, verdict):
    assert measure_freshness(since, None, NOW).data.verdict == verdict


def test_what_is_unknown_is_said_plainly():
    freshness = measure_freshness(None, None, NOW)
    assert freshness.data.days is None
    assert freshness.data.message == "The age of the newest data is unknown: the data have no snapshot date."
    assert freshness.champion.message == "The age of the champion is unknown: there is no champion yet."


def test_a_date_in_the_future_is_said_to_be_one():
    assert (
        "51 days in the future" in measure_freshness("2026-08-31", None, datetime(2026, 7, 11, tzinfo=UTC)).data.message
    )


def test_an_old_champion_is_told_with_its_age_and_limit():
    champion = measure_freshness(None, "2026-01-01T00:00:00Z", NOW, max_champion_age_days=90).champion
    assert champion.message == "The champion is 190 days old (2026-01-01); the limit is 90 days."


def test_the_table_has_a_row_for_the_data_and_one_for_the_champion():
    assert list(freshness_table(measure_freshness(None, None, NOW))["what"]) == ["newest data", "champion"]


@pytest.mark.parametrize(("data", "now"), [("yesterday", NOW), (None, "soon"), (None, None)])
def test_text_that_is_no_date_is_refused(data, now):
    with pytest.raises(ValueError, match=r"isoformat|unknown"):
        measure_freshness(data, None, now)
