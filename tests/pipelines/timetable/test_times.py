"""Due times: the calendar of a zone, clocks that are changed, and what was missed."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.pipelines.timetable.times import MOST, after, count, newest, next_after, parse, text

DAILY = "0 6 * * *"


@pytest.mark.parametrize(
    ("times", "zone", "moment", "expected"),
    [
        (DAILY, "UTC", "2026-11-28T05:59:59Z", ["2026-11-28T06:00:00Z", "2026-11-29T06:00:00Z"]),
        (DAILY, "UTC", "2026-11-28T06:00:00Z", ["2026-11-29T06:00:00Z"]),
        (DAILY, "Europe/Berlin", "2026-11-28T04:00:00Z", ["2026-11-28T05:00:00Z"]),
        (DAILY, "Europe/Berlin", "2026-07-28T03:00:00Z", ["2026-07-28T04:00:00Z"]),
        ("0 5 * * mon", "UTC", "2026-11-28T00:00:00Z", ["2026-11-30T05:00:00Z", "2026-12-07T05:00:00Z"]),
        ("0 5 L * *", "UTC", "2027-02-01T00:00:00Z", ["2027-02-28T05:00:00Z", "2027-03-31T05:00:00Z"]),
        ("*/20 * * * * *", "UTC", "2026-11-28T05:59:59Z", ["2026-11-28T06:00:00Z", "2026-11-28T06:00:20Z"]),
        # 29 March 2026, Berlin: 02:00 becomes 03:00, so 02:30 is not there and comes when the clocks have changed.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        # 25 October 2026, Berlin: 03:00 becomes 02:00, so 02:30 is there twice and comes once, the first time.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", ["2026-10-26T01:30:00Z"]),
        # What comes every hour goes on through both.
        ("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", [f"2026-10-25T0{h}:30:00Z" for h in range(4)]),
        ("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]),
        # Lord Howe changes its clocks by half an hour.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", ["2026-10-03T15:30:00Z"]),
    ],
)
def test_the_next_times_are_those_of_the_zones_calendar(times, zone, moment, expected):
    assert [text(one) for one in islice(after(times, zone, parse(moment)), len(expected))] == expected


def test_what_never_comes_has_no_next_time():
    assert next_after("0 0 */31 * mon#5", "UTC", parse("2026-01-01T00:00:00Z")) is None


moments = st.integers(0, 3 * 366 * 86_400).map(lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
expressions = st.builds(
    "{} {} {} * {}".format,
    st.sampled_from(["0", "30", "*/20", "5,55"]),
    st.sampled_from(["2", "*", "1-3", "*/6", "0"]),
    st.sampled_from(["*", "*", "1", "L", "29-31"]),
    st.sampled_from(["*", "*", "sun", "1-5"]),
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])


@pytest.mark.slow
@given(expressions, zones, moments, st.integers(0, 40 * 24))
def test_times_only_go_on_and_the_newest_is_the_last_of_them(times, zone, begin, hours):
    end = begin + timedelta(hours=hours)
    found = []
    for one in after(times, zone, begin):
        if one > end:
            break
        found.append(one)
    assert found == sorted(set(found))
    assert all(one > begin for one in found)
    assert newest(times, zone, begin, end) == (found[-1] if found else None)
    assert count(times, zone, begin, end) == min(len(found), MOST)


@given(zones, moments, st.integers(0, 23), st.integers(0, 59))
def test_a_daily_time_comes_once_a_day_whatever_the_clocks_do(zone, begin, hour, minute):
    found = list(islice(after(f"{minute} {hour} * * *", zone, begin), 30))
    days = [one.astimezone(ZoneInfo(zone)).date() for one in found]
    assert [(later - day).days for day, later in pairwise(days)] == [1] * 29


def test_three_days_of_seconds_are_looked_through_in_a_moment():
    begin, end = parse("2026-11-25T00:00:00Z"), parse("2026-11-28T00:00:30Z")
    assert newest("*/7 * * * * *", "Europe/Berlin", begin, end) == parse("2026-11-28T00:00:28Z")
    assert count("*/7 * * * * *", "Europe/Berlin", begin, end) == MOST


def test_what_is_no_moment_is_refused():
    with pytest.raises(ValueError, match="does not match"):
        parse("yesterday")
