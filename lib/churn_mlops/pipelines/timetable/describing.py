"""What is due when and what was done last, as plain values: for `watch --show`, `status` and whoever asks by JSON."""

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from churn_mlops.config import JOBS
from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.timetable.holding import is_silent, read_watcher
from churn_mlops.pipelines.timetable.jobs import Timetable
from churn_mlops.pipelines.timetable.journal import Entry, read_journal, settle
from churn_mlops.pipelines.timetable.times import explain, parse

LATE = timedelta(hours=1)  # a due time that nobody has begun for so long was missed
BEGUN = "begun"
LONG = timedelta(hours=24)  # a job that takes longer hangs, or was killed and nobody has taken it up


def describe_watch(runs: Path, tables: list[Timetable], now: datetime | None = None) -> dict:
    """Of each definition its jobs, by the times that stand in it now; and the watcher."""
    now = now or datetime.now(UTC)
    return {"watcher": describe_watcher(runs, now), "datasets": {one.dataset: _jobs(runs, one, now) for one in tables}}


def _jobs(runs: Path, table: Timetable, now: datetime) -> dict:
    entries, zone = read_journal(runs, table.dataset), table.schedule.zone
    told = {name: settle(entries.get(name), text, zone, now) for name, text in table.schedule.times.items()}
    return {name: {**_told(entry, now), "words": explain(entry.times)} for name, entry in told.items()}


def _told(entry: Entry, now: datetime) -> dict:
    return {**asdict(entry), "state": _state(entry), "late": _is_late(entry, now)}


def _state(entry: Entry) -> str:
    if entry.open:
        return BEGUN
    if entry.failed:
        return "failed"
    return "done" if entry.ended else "never yet"


def _is_late(entry: Entry, now: datetime) -> bool:
    if entry.open:
        return now - parse(entry.begun) > LONG
    return bool(entry.next) and now - parse(entry.next) > LATE


def describe_watcher(runs: Path, now: datetime) -> dict | None:
    """The last watcher, and whether it is `silent`: dead, for it has not ended in order; None where none was."""
    told = read_watcher(runs)
    return told and {**told, "silent": is_silent(told, now)}


def watch_of(runs: Path, dataset: str, now: datetime) -> dict | None:
    """The jobs of a dataset and the watcher, for its status; None where it was never watched."""
    with suppress(ChurnError, OSError, ValueError):
        entries = read_journal(runs, dataset)
        jobs = {name: _told(entries[name], now) for name in JOBS if name in entries}
        return {"watcher": describe_watcher(runs, now), "jobs": jobs} if jobs else None
    return None


def failed_jobs(watched: dict | None) -> list[str]:
    """What to say of each job that failed for its newest due time and is not tried again until the next."""
    jobs = (watched or {}).get("jobs") or {}
    return [
        f"{name} failed for {one['due']} (exit code {one['code']}): {one['said'] or 'it said nothing'} ({one['log']})"
        for name, one in jobs.items()
        if one["state"] == "failed" and not one["again"]
    ]


def silence(watched: dict | None) -> list[str]:
    """What shows that nobody watches any more: a heart that does not beat, or due times that nobody met."""
    if not watched:
        return []
    watcher = watched["watcher"]
    if watcher and watcher["silent"]:
        where = f"process {watcher['pid']} on {watcher['host']}"
        return [f"The watcher ({where}) has given no sign of life since {watcher['beat']}, and has not ended in order."]
    late = [_late(name, one) for name, one in watched["jobs"].items() if one["late"]]
    return [f"What is due is not done: {', '.join(late)}."] if late else []


def _late(name: str, job: dict) -> str:
    if job["state"] == BEGUN:
        return f"{name} was begun at {job['begun']} and has not ended"
    return f"{name} was due at {job['next']}"
