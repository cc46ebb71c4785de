"""What is due when and what was done last, for people and for `status`: a dead watcher, a job that failed."""

import json
from datetime import datetime, timedelta

import pytest
from tests.pipelines.timetable.test_watcher import CONFIG, project
from tests.registry.published import AUTHOR, serve

from churn_mlops.cli import main
from churn_mlops.config import Schedule
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.pipelines.status.text import is_in_order, status_text
from churn_mlops.pipelines.timetable.describing import describe_watch
from churn_mlops.pipelines.timetable.finding import find_tables
from churn_mlops.pipelines.timetable.holding import holding
from churn_mlops.pipelines.timetable.journal import claim, confirm, find_due, settle, write_journal
from churn_mlops.pipelines.timetable.text import watch_text
from churn_mlops.pipelines.timetable.times import parse

__all__ = ["project"]
SIX = parse("2026-11-25T06:00:00Z")
LOG = ".watch/logs/shop/monitor-20261125-060000.log"
WHEN = {"finished": "2026-11-25T00:00:00Z", "parameters": {}, "stages": [], "waits": None}
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def as_ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)


@pytest.fixture
def shop(project):
    serve(project.runs, b"one", **WHEN)
    return project


def monitored(shop, code: int | None = 0, tries: int = 1) -> None:
    """The journal after the monitoring of six o'clock; None: it was begun."""
    entry = settle(None, "0 6 * * *", "UTC", SIX - HOUR)
    for _ in range(tries):
        entry = claim(entry, find_due(entry, parse(entry.next)), parse(entry.next), LOG)
        if code is not None:
            rules = Schedule(retries=tries - 1 if tries > 1 else 0)
            entry = confirm(entry, code, SIX + timedelta(minutes=1), rules, "error: no such data" if code else "")
    write_journal(shop.runs, "shop", {"monitor": entry})


def watched(shop, now: datetime, ended: bool = False) -> None:
    held = holding(shop.runs, clock=lambda: now)
    held.__enter__()
    if ended:
        held.__exit__(None, None, None)
    else:
        held.gen.close()  # as if it was killed: the lock goes, and nothing is said


def trouble(shop, now: datetime) -> list[tuple[str, str, str]]:
    told = describe_status(shop.runs, now)["datasets"]["shop"]
    return [(one["kind"], one["what"], one["seen"]) for one in told["trouble"] if one["what"] in ("job", "watcher")]


def test_without_a_watch_status_says_nothing_of_it(shop):
    told = describe_status(shop.runs, SIX)
    assert told["datasets"]["shop"]["watch"] is None
    assert is_in_order(told)


def test_where_all_is_done_in_time_nothing_is_wrong_and_the_times_are_told(shop):
    monitored(shop)
    watched(shop, SIX, ended=True)
    told = describe_status(shop.runs, SIX + 2 * HOUR)
    assert trouble(shop, SIX + 2 * HOUR) == []
    assert (
        f"Watch        monitor: next 26 Nov 2026, 06:00 UTC; last due 25 Nov 2026, 06:00 UTC: done ({LOG})"
        in status_text(told)
    )


def test_a_heart_that_beats_no_more_is_a_dead_watchers(shop):
    monitored(shop)
    watched(shop, SIX)
    assert trouble(shop, SIX + timedelta(minutes=5)) == []
    ((kind, what, seen),) = trouble(shop, SIX + timedelta(minutes=6))
    assert (kind, what) == ("stale", "watcher")
    assert "has given no sign of life since 2026-11-25T06:00:00Z, and has not ended in order" in seen
    told = describe_status(shop.runs, SIX + timedelta(minutes=6))["datasets"]["shop"]
    assert told["next"]["command"] == "python pipeline.py watch"


def test_due_times_that_nobody_meets_are_told_also_after_an_end_in_order(shop):
    monitored(shop)
    watched(shop, SIX, ended=True)
    tomorrow = SIX + timedelta(days=1)
    assert trouble(shop, tomorrow + HOUR) == []
    late = trouble(shop, tomorrow + HOUR + timedelta(seconds=1))
    assert late == [("stale", "watcher", "What is due is not done: monitor was due at 2026-11-26T06:00:00Z.")]


def test_a_job_that_does_not_end_is_told_after_a_day(shop):
    monitored(shop, None)
    watched(shop, SIX, ended=True)
    assert trouble(shop, SIX + 24 * HOUR) == []
    ((_, _, seen),) = trouble(shop, SIX + 25 * HOUR)
    assert seen == "What is due is not done: monitor was begun at 2026-11-25T06:00:00Z and has not ended."


def test_a_job_that_failed_is_broken_once_it_is_not_tried_again(shop):
    monitored(shop, 5)
    watched(shop, SIX, ended=True)
    seen = f"monitor failed for 2026-11-25T06:00:00Z (exit code 5): error: no such data ({LOG})"
    assert trouble(shop, SIX + HOUR) == [("broken", "job", seen)]
    told = describe_status(shop.runs, SIX + HOUR)
    assert told["datasets"]["shop"]["next"]["command"] == "python pipeline.py watch --show"
    assert not is_in_order(told)


def test_a_journal_that_cannot_be_read_does_not_keep_status_from_answering(shop):
    monitored(shop)
    (shop.runs / "registry" / "shop" / "watch.json").write_text("{")
    assert describe_status(shop.runs, SIX)["datasets"]["shop"]["watch"] is None


def test_what_is_due_when_is_shown_in_words(shop):
    monitored(shop, 5, tries=2)
    text = watch_text(describe_watch(shop.runs, find_tables(shop, []), SIX + HOUR))
    assert "Nobody has watched this archive yet." in text
    assert "  monitor  At 06:00 every day (0 6 * * *, UTC)" in text
    assert "due 25 Nov 2026, 06:00 UTC: failed with exit code 5 in 2 tries" in text
    assert "  retrain  At 05:30 on Sunday (30 5 * * sun, UTC)" in text
    assert "last  never yet" in text


def asked(shop, capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main((), shop.root, ["watch", *arguments])
    return end.value.code or 0, *capsys.readouterr()


def test_it_is_shown_on_the_command_line_and_as_json(shop, capsys):
    monitored(shop)
    code, out, _ = asked(shop, capsys, "--show", "--json")
    told = json.loads(out)["datasets"]["shop"]
    assert (code, list(told)) == (0, ["monitor", "score", "retrain"])
    assert (told["monitor"]["state"], told["score"]["state"]) == ("done", "never yet")


def test_a_second_watcher_ends_with_a_code_of_its_own(shop, capsys):
    with holding(shop.runs):
        code, _, err = asked(shop, capsys, "--once")
    assert (code, err.startswith(f"error: {shop.runs}: is watched already: process")) == (13, True)


def test_without_times_the_cure_is_told(shop, capsys):
    (shop.root / "configs" / "shop.toml").write_text(CONFIG.format(name="shop").partition("[schedule]")[0])
    code, _, err = asked(shop, capsys)
    assert code == 2
    assert 'Cure: in the definition, [schedule] with monitor = "0 6 * * *"' in err
