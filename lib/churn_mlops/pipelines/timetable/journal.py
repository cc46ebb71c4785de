"""What has become of the jobs of a dataset: `runs/registry/<dataset>/watch.json`, which is replaced as a whole.

A due time is claimed before its job begins and has its outcome after it ended. One that was begun and has no outcome
is taken up again by the same key, by which the job finds what it has published already. All here but `read_journal`
and `write_journal` is arithmetic on entries and moments.
"""

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.archive.parsing import understood
from churn_mlops.config import Schedule
from churn_mlops.pipelines.exits import ALERTED
from churn_mlops.pipelines.timetable.times import count, newest, next_after, parse, text
from churn_mlops.registry.pointer import registry_folder

JOURNAL, SCHEMA = "watch.json", 1
DONE = (0, ALERTED)  # exit codes of a job that did what it was to do
FUTILE = (3, 4, 9)  # trying again changes nothing: data that breaks a rule, a check that failed, an undeclared read
GROWTH = 4  # each further try waits so many times as long
SET_BACK = timedelta(hours=1)  # what was last due lies so far ahead only where the clock was set back
NEW, RESUMED, RETRY = "new", "resumed", "retry"


@dataclass(frozen=True)
class Entry:
    """A job: its times, the newest due time that was claimed, and what became of that. Moments are texts in UTC."""

    times: str
    zone: str
    since: str  # due times count from here on
    next: str | None = None  # when it is due next, or tried again
    due: str | None = None  # the newest due time that was claimed
    begun: str | None = None
    ended: str | None = None  # None where it was begun: it goes on, or was killed
    code: int | None = None
    tries: int = 0
    again: str | None = None  # when it is tried again
    missed: int = 0  # due times before `due` for which nothing was done
    said: str = ""  # by a job that failed
    log: str = ""  # below the archive
    done: str | None = None  # the newest due time that was done

    @property
    def open(self) -> bool:
        """Whether it was begun and has no outcome."""
        return bool(self.begun and not self.ended)

    @property
    def failed(self) -> bool:
        """Whether the newest due time was not done, as far as that is known."""
        return self.code is not None and self.code not in DONE


@dataclass(frozen=True)
class Due:
    """A due time that something is to be done for."""

    due: str
    missed: int
    why: str  # NEW, RESUMED or RETRY


def settle(entry: Entry | None, times: str, zone: str, now: datetime) -> Entry:
    """The entry by the schedule as it is now: what is new or was edited counts from now on, as after a clock set back.

    A due time that comes a second time because the clock was set back for less than an hour is not due again.
    """
    if entry is None:
        entry = Entry(times, zone, text(now))
    elif (entry.times, entry.zone) != (times, zone):
        entry = replace(entry, times=times, zone=zone, since=text(now))
    elif parse(entry.since) > now + SET_BACK:
        entry = replace(entry, since=text(now), again=entry.again and text(now))
    return replace(entry, next=_next(entry))


def _next(entry: Entry) -> str | None:
    due = next_after(entry.times, entry.zone, parse(entry.since))
    found = [moment for moment in (due and text(due), entry.again) if moment]
    return min(found, default=None)


def find_due(entry: Entry, now: datetime) -> Due | None:
    """What is to be done for a job now. Of several due times the newest alone: the others were missed."""
    if entry.open:
        return Due(entry.due, entry.missed, RESUMED)
    begin = parse(entry.since)
    found = newest(entry.times, entry.zone, begin, now) if begin < now else None
    if found:
        return Due(text(found), count(entry.times, entry.zone, begin, found) - 1, NEW)
    if entry.again and parse(entry.again) <= now:
        return Due(entry.due, entry.missed, RETRY)
    return None


def claim(entry: Entry, due: Due, now: datetime, log: str = "") -> Entry:
    """The job is about to begin for this due time, and no other watcher will begin it for that."""
    tries = {NEW: 1, RESUMED: entry.tries, RETRY: entry.tries + 1}[due.why]
    since = due.due if due.why == NEW else entry.since
    fresh = {"ended": None, "code": None, "again": None, "said": "", "log": log}
    claimed = replace(entry, due=due.due, missed=due.missed, begun=text(now), tries=tries, since=since, **fresh)
    return replace(claimed, next=_next(claimed))


def confirm(entry: Entry, code: int, now: datetime, schedule: Schedule, said: str = "") -> Entry:
    """The job has ended. What failed is tried again, after a longer wait each time, where that may help."""
    ended = replace(entry, ended=text(now), code=code)
    if code in DONE:
        ended = replace(ended, done=entry.due)
    else:
        wait = timedelta(minutes=schedule.retry_minutes * GROWTH ** (entry.tries - 1))
        may_help = code not in FUTILE and entry.tries <= schedule.retries
        ended = replace(ended, said=said, again=text(now + wait) if may_help else None)
    return replace(ended, next=_next(ended))


def read_journal(runs: Path, dataset: str) -> dict[str, Entry]:
    """The entries by job; none before the first watch. Raises UnreadableFile where the file is none of these."""
    path = registry_folder(runs, dataset) / JOURNAL
    if not path.is_file():
        return {}
    known = {field.name for field in fields(Entry)}
    cure = "remove it: due times then count from now on"
    with understood(path, f"expected the jobs of `watch`; cure: {cure}"):
        jobs = read_json(path)["jobs"]
        return {name: Entry(**{k: v for k, v in told.items() if k in known}) for name, told in jobs.items()}


def write_journal(runs: Path, dataset: str, entries: dict[str, Entry]) -> None:
    """Put the entries on disk, flushed, before anything else is done."""
    told = {name: asdict(entry) for name, entry in entries.items()}
    write_json(registry_folder(runs, dataset) / JOURNAL, {"schema": SCHEMA, "jobs": told})
