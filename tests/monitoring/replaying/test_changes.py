"""What counts as an alarm, what explains it, and when a change counts as noticed."""

import pytest
from tests.replays import DIPS, FEED, RISE, alert, months_from

from churn_mlops.monitoring.replaying.changes import (
    alarms,
    explains,
    false_alarms,
    noticed,
    quiet_months,
    repeated,
)
from churn_mlops.monitoring.replaying.days import days_between, months_later

MONTHS = months_from("2025-06-01", 24)
SLOW = {"month": "2026-02-01", "what": "slow change", "real": True, "kind": "customers", "noticeable": "2026-06-01"}
OWN = {"month": "2026-02-01", "what": "new shop", "real": True, "kind": "customers"}


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2025-12-01", 1, "2026-01-01"),
        ("2025-12-31", 0, "2025-12-01"),
        ("2024-02-29", 12, "2025-02-01"),
        ("2025-01-15", -1, "2024-12-01"),
        ("2025-06", 7, "2026-01-01"),
    ],
)
def test_months_are_counted_over_the_turn_of_the_year(day, months, later):
    assert months_later(day, months) == later


def test_days_are_counted_over_a_leap_year():
    assert days_between("2024-02-01", "2024-03-01") == 29


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({}, True),
        ({"name": "feed broken"}, True),
        ({"name": "performance fell"}, True),
        ({"name": "champion old"}, False),
        ({"name": "data old"}, False),
        ({"name": "service silent"}, False),
        ({"new": False}, False),
        ({"state": "seen"}, False),
        ({"state": "resolved"}, False),
    ],
)
def test_an_alarm_is_an_alert_about_a_change_in_the_month_in_which_it_opens(changed, counts):
    row = {"month": "2025-10-01", "alerts": [alert("inputs moved", "2025-09-01") | changed]}
    assert len(alarms([row, {"month": "2025-11-01"}])) == counts


@pytest.mark.parametrize(
    ("severities", "opened"),
    [
        (["low", "low"], ["2025-06-01"]),
        (["low", "medium", "medium"], ["2025-06-01", "2025-07-01"]),
        (["medium", "low", "medium", "high"], ["2025-06-01", "2025-09-01"]),
        (["high", "low"], ["2025-06-01"]),
    ],
)
def test_an_alert_that_gets_worse_than_it_ever_was_alarms_again(severities, opened):
    rows = [
        {"month": month, "alerts": [alert("inputs moved", month, new=n == 0, severity=severity)]}
        for n, (month, severity) in enumerate(zip(MONTHS, severities, strict=False))
    ]
    assert [month for month, _ in alarms(rows)] == opened


def test_an_alert_that_stood_before_the_replay_began_alarms_only_when_it_gets_worse():
    rows = [{"month": month, "alerts": [alert("inputs moved", month, new=False)]} for month in MONTHS[:3]]
    assert alarms(rows) == []


@pytest.mark.parametrize(
    ("change", "month", "does"),
    [
        (RISE, "2025-08-01", False),
        (RISE, "2025-09-01", True),
        (RISE, "2026-08-01", True),
        (RISE, "2026-09-01", False),
        (RISE | {"until": "2027-01-01"}, "2026-12-01", True),
        (DIPS[1], "2025-11-01", True),
        (DIPS[1], "2025-12-01", False),
    ],
)
def test_a_change_explains_a_year_unless_it_says_otherwise(change, month, does):
    assert explains(change, month) is does


def test_what_only_looks_like_a_change_explains_no_alarm_and_makes_no_month_quiet():
    opened = [("2025-08-01", alert("inputs moved", "2025-08-01")), ("2025-09-01", alert("inputs moved", "2025-09-01"))]
    assert false_alarms(opened, [RISE, *DIPS]) == opened[:1]
    assert quiet_months(["2025-06-01", "2025-07-01", "2025-08-01", "2025-09-01"], [RISE, *DIPS]) == MONTHS[:2]


def found(change, *opened, changes=None, months=MONTHS):
    told = noticed(list(opened), changes or [change], months)
    return next(one for one in told if one["what"] == change["what"])


@pytest.mark.parametrize(
    ("change", "month", "since", "days", "in_time"),
    [
        (RISE, "2025-09-01", "2025-09-01", 0, True),
        (RISE, "2025-10-01", "2025-09-01", 30, True),
        (RISE, "2025-11-01", "2025-09-01", 61, False),
        (RISE, "2025-10-01", "2025-09", 30, True),  # a month without its day
        (RISE, "2025-10-01", None, 30, True),
        (RISE, "2025-10-01", "2025-08-01", None, False),  # it was seen before the change
        (RISE, "2025-08-01", "2025-08-01", None, False),
        (RISE, "2026-09-01", "2026-09-01", None, False),  # a year after
        (SLOW, "2026-05-01", "2026-05-01", 89, True),  # lucky: before the best detector could be sure
        (OWN, "2026-05-01", "2026-05-01", 89, None),  # nobody knows when it could be noticed
    ],
)
def test_a_change_is_noticed_by_the_first_alarm_that_can_be_about_it(change, month, since, days, in_time):
    told = found(change, (month, alert("inputs moved", since)), ("2027-05-01", alert("inputs moved", "2027-05-01")))
    assert (told["days"], told["in_time"]) == (days, in_time)
    assert told["noticed"] == (month if days is not None else None)


def test_a_change_at_the_end_that_could_not_be_noticed_yet_is_neither_in_time_nor_late():
    assert found(SLOW, months=MONTHS[:13])["in_time"] is None
    assert found(SLOW, months=MONTHS[:14])["in_time"] is False


@pytest.mark.parametrize("month", ["2025-05-01", "2027-06-01"])
def test_a_change_outside_the_replay_is_not_judged(month):
    assert noticed([], [RISE | {"month": month}], MONTHS) == []


def test_of_two_changes_an_alarm_is_about_the_newer():
    changes = [SLOW, RISE | {"month": "2026-04-01", "noticeable": "2026-04-01"}]
    opened = ("2026-05-01", alert("inputs moved", "2026-04-01"))
    assert found(SLOW, opened, changes=changes)["noticed"] is None
    assert found(RISE, opened, changes=changes)["noticed"] == "2026-05-01"
    early = ("2026-05-01", alert("performance fell", "2026-03-01"))
    assert found(SLOW, early, changes=changes)["noticed"] == "2026-05-01"


@pytest.mark.parametrize(("names", "named"), [(["feed broken"], True), (["inputs moved"], False), ([], False)])
def test_a_broken_feed_is_named_as_such_or_taken_for_a_change_in_customers(names, named):
    opened = [("2026-12-01", alert(name, "2026-12-01")) for name in names]
    assert found(FEED, *opened)["named"] is named
    assert found(RISE, *opened)["named"] is None


def test_an_alarm_that_names_a_feed_is_about_the_feed_though_customers_changed_since():
    changes = [FEED, RISE | {"month": "2027-01-01"}]
    told = noticed([("2027-02-01", alert("feed broken", "2027-01-01"))], changes, MONTHS)
    assert [one["noticed"] for one in told] == ["2027-02-01", None]


def test_each_dip_is_told_by_its_year_also_of_those_before_the_replay():
    opened = [("2025-09-01", alert("inputs moved", "2025-09-01")), ("2026-12-01", alert("inputs moved", "2026-12-01"))]
    told = repeated(opened, DIPS, MONTHS)
    assert [(one["year"], one["alarmed"]) for one in told] == [(2, True), (3, False)]


def test_an_alarm_that_a_real_change_explains_is_not_held_against_the_dip():
    assert not repeated([("2025-10-01", alert("inputs moved", "2025-09-01"))], [*DIPS, RISE], MONTHS)[0]["alarmed"]
