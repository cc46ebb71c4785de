"""What becomes of due times: missed, begun, killed, failed, tried again, done; and clocks and schedules that change."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.config import Schedule
from churn_mlops.errors import UnreadableFile
from churn_mlops.pipelines.timetable.journal import (
    NEW,
    RESUMED,
    RETRY,
    Due,
    claim,
    confirm,
    find_due,
    read_journal,
    settle,
    write_journal,
)
from churn_mlops.pipelines.timetable.times import after, parse, text

DAILY = "0 6 * * *"
RULES = Schedule(retries=3, retry_minutes=1)


def at(moment):
    return parse(f"2026-{moment}Z")


def first(moment="11-25T05:00:00", times=DAILY, zone="UTC"):
    return settle(None, times, zone, at(moment))


def done(entry, moment):
    due = find_due(entry, at(moment))
    return confirm(claim(entry, due, at(moment)), 0, at(moment), RULES)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("11-25T05:59:59", None),
        ("11-25T06:00:00", Due("2026-11-25T06:00:00Z", 0, NEW)),
        ("11-25T18:00:00", Due("2026-11-25T06:00:00Z", 0, NEW)),
        ("11-28T08:00:00", Due("2026-11-28T06:00:00Z", 3, NEW)),  # slept for three days: made up for once
    ],
)
def test_the_newest_time_is_due_and_those_before_it_were_missed(now, due):
    assert find_due(first(), at(now)) == due


def test_nothing_is_due_from_before_the_schedule_was_first_seen():
    assert find_due(first("11-25T06:00:00"), at("11-25T07:00:00")) is None


def test_a_time_that_was_done_is_not_due_again():
    entry = done(first(), "11-28T08:00:00")
    assert (entry.done, entry.missed, entry.next) == ("2026-11-28T06:00:00Z", 3, "2026-11-29T06:00:00Z")
    assert find_due(entry, at("11-28T23:59:59")) is None


def test_what_was_begun_and_has_no_outcome_is_taken_up_again_before_anything_newer():
    begun = claim(first(), find_due(first(), at("11-25T06:00:00")), at("11-25T06:00:01"))
    assert find_due(begun, at("11-27T12:00:00")) == Due("2026-11-25T06:00:00Z", 0, RESUMED)
    resumed = claim(begun, find_due(begun, at("11-27T12:00:00")), at("11-27T12:00:00"))
    assert (resumed.tries, resumed.due) == (1, "2026-11-25T06:00:00Z")
    after_it = confirm(resumed, 12, at("11-27T12:01:00"), RULES)
    assert find_due(after_it, at("11-27T12:02:00")) == Due("2026-11-27T06:00:00Z", 1, NEW)


def test_a_job_that_fails_is_tried_again_after_growing_waits_and_then_given_up_until_its_next_time():
    entry, moment, waits = first(), at("11-25T06:00:00"), []
    while due := find_due(entry, moment):
        entry = confirm(claim(entry, due, moment), 1, moment, RULES, "error: no")
        waits.append(entry.again and (parse(entry.again) - moment).total_seconds() / 60)
        moment = parse(entry.next)
        if entry.again is None:
            break
    assert waits == [1, 4, 16, None]
    assert (entry.tries, entry.failed, entry.said, entry.next) == (4, True, "error: no", "2026-11-26T06:00:00Z")
    again = done(entry, "11-26T06:00:00")
    assert (again.failed, again.said, again.tries) == (False, "", 1)


@pytest.mark.parametrize(("code", "again"), [(1, True), (2, True), (-9, True), (3, False), (4, False), (9, False)])
def test_what_trying_again_cannot_change_is_not_tried_again(code, again):
    entry = claim(first(), find_due(first(), at("11-25T06:00:00")), at("11-25T06:00:00"))
    assert bool(confirm(entry, code, at("11-25T06:00:05"), RULES).again) is again


def test_a_newer_due_time_takes_the_place_of_further_tries():
    every = first(times="*/2 * * * *")
    failed = confirm(
        claim(every, find_due(every, at("11-25T05:02:00")), at("11-25T05:02:00")), 1, at("11-25T05:03:30"), RULES
    )
    assert find_due(failed, at("11-25T05:04:30")) == Due("2026-11-25T05:04:00Z", 0, NEW)


def test_a_further_try_comes_when_its_wait_is_over():
    failed = confirm(
        claim(first(), find_due(first(), at("11-25T06:00:00")), at("11-25T06:00:00")), 1, at("11-25T06:00:00"), RULES
    )
    assert find_due(failed, at("11-25T06:00:59")) is None
    assert find_due(failed, at("11-25T06:01:00")) == Due("2026-11-25T06:00:00Z", 0, RETRY)


def test_a_schedule_that_was_edited_counts_from_when_that_was_seen():
    entry = done(first(), "11-25T06:00:00")
    edited = settle(entry, "30 6 * * *", "UTC", at("11-25T07:00:00"))
    assert find_due(edited, at("11-25T07:00:01")) is None
    assert (edited.next, edited.done) == ("2026-11-26T06:30:00Z", entry.done)
    moved = settle(entry, DAILY, "America/New_York", at("11-25T07:00:00"))
    assert moved.next == "2026-11-25T11:00:00Z"


def test_an_edit_does_not_forget_what_was_begun():
    begun = claim(first(), find_due(first(), at("11-25T06:00:00")), at("11-25T06:00:00"))
    assert find_due(settle(begun, "30 6 * * *", "UTC", at("11-25T07:00:00")), at("11-25T07:00:00")).why == RESUMED


def test_a_clock_set_back_a_little_brings_no_time_twice():
    entry = settle(done(first(), "11-25T06:00:05"), DAILY, "UTC", at("11-25T05:30:00"))
    assert find_due(entry, at("11-25T06:00:00")) is None
    assert find_due(entry, at("11-26T06:00:00")) == Due("2026-11-26T06:00:00Z", 0, NEW)


def test_a_clock_that_was_far_ahead_does_not_stop_the_jobs_until_then():
    wrong = confirm(
        claim(first(), find_due(first(), at("12-24T06:00:00")), at("12-24T06:00:00")), 1, at("12-24T06:00:00"), RULES
    )
    entry = settle(wrong, DAILY, "UTC", at("11-25T07:00:00"))
    assert find_due(entry, at("11-25T07:00:00")).why == RETRY
    assert find_due(confirm(entry, 0, at("11-25T07:00:00"), RULES), at("11-26T06:00:00")).why == NEW


seconds = st.integers(1, 200_000).map(lambda s: timedelta(seconds=s))


@pytest.mark.slow
@given(st.lists(st.tuples(seconds, st.sampled_from(["done", "killed", "failed", "asleep"])), max_size=30))
def test_whatever_happens_each_due_time_is_begun_anew_once_in_order_and_none_is_lost(happenings):
    """Of the due times until now each was begun anew once, or counted as missed, or is still to come."""
    entry, now, begun = first(times="0 */6 * * *"), at("11-25T05:00:00"), []
    counted = 0
    for passed, what in happenings:
        now += passed
        entry = settle(entry, entry.times, entry.zone, now)
        due = find_due(entry, now)
        if due is None or what == "asleep":
            continue
        if due.why == NEW:
            begun.append(due.due)
            counted += 1 + due.missed
        entry = claim(entry, due, now)
        if what != "killed":
            entry = confirm(entry, 0 if what == "done" else 1, now, RULES)
    assert begun == sorted(set(begun))
    until = parse(begun[-1]) if begun else at("11-25T05:00:00")
    expected = [one for one in _until(until)]
    assert counted == len(expected)
    assert set(begun) <= {text(one) for one in expected}


def _until(end):
    for one in after("0 */6 * * *", "UTC", at("11-25T05:00:00")):
        if one > end:
            return
        yield one


def test_entries_are_read_as_they_were_written_and_a_later_releases_names_are_passed_over(tmp_path):
    entries = {"monitor": done(first(), "11-28T08:00:00"), "score": replace(first(), code=-9)}
    write_journal(tmp_path, "shop", entries)
    assert read_journal(tmp_path, "shop") == entries
    path = tmp_path / "registry" / "shop" / "watch.json"
    path.write_text(path.read_text().replace('"code"', '"colour": 1, "code"'))
    assert read_journal(tmp_path, "shop") == entries
    assert read_journal(tmp_path, "other") == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"jobs": {"monitor": {"times": 1}}}', '{"jobs": []}'])
def test_a_journal_that_is_none_is_told_with_its_cure(tmp_path, content):
    write_journal(tmp_path, "shop", {})
    (tmp_path / "registry" / "shop" / "watch.json").write_text(content)
    with pytest.raises(UnreadableFile, match=r"watch\.json"):
        read_journal(tmp_path, "shop")
