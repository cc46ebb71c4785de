"""The loop of `watch`: reads the definitions anew, does what is due, one job at a time, and waits for the next.

Whatever kills it, the journal says what was begun; the next watcher takes that up by its key before anything else.
"""

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.archive.files import lock_file, unlock
from churn_mlops.config import JOBS, read_config
from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.timetable import journal
from churn_mlops.pipelines.timetable.child import LOCK, Child
from churn_mlops.pipelines.timetable.holding import BEAT, WATCH, Held
from churn_mlops.pipelines.timetable.jobs import Timetable, command, last_words, log_of
from churn_mlops.pipelines.timetable.journal import NEW, RESUMED, Due, Entry
from churn_mlops.pipelines.timetable.times import parse, text

FULL_S = 60.0  # until it is tried again to write to a disk that took nothing
_WHY = {NEW: "", RESUMED: ", taken up again", journal.RETRY: ", tried again"}


class Watcher:
    """The definitions that are watched, and the job that goes on."""

    def __init__(self, project: Project, tables: list[Timetable], held: Held, say: Callable[[str], None]):
        self.project, self.tables, self.held, self.say = project, tables, held, say
        self.clock: Callable[[], datetime] = held.clock
        self.child, self.failed = Child(), False
        # With `once`, the jobs that were: what is due at ever shorter times would not end.
        self.begun: set | None = None
        self.read: dict[Path, object] = {}  # of each definition the state in which it was read last
        self.perform = self._perform

    def run(self, once: bool) -> int:
        """Watch until told to stop, or `once`: do what is due, each job one time at most. Gives the exit code."""
        self.begun = set() if once else None
        while not self.child.stopped:
            rest = self._safely()
            if rest and once:
                return int(self.failed)
            self.pause(rest)
        return self.child.stopped.exit_code

    def _safely(self) -> float:
        try:
            self.held.beat()
            return self.step()
        except OSError as error:  # a full disk: nothing is begun that could not be claimed
            self.say(f"cannot write: {error}; tried again in {FULL_S:g} s")
            self.failed = True
            return FULL_S

    def step(self) -> float:
        """Do the job that is due first; gives the seconds for which nothing is."""
        self.tables = [self._reread(table) for table in self.tables]
        now = self.clock()
        journals = {table.dataset: self._settled(table, now) for table in self.tables}
        found = _first(self.tables, journals, now, self.begun or ())
        if found:
            if self.begun is not None:
                self.begun.add((found[0].dataset, found[1]))
            self._do(*found, journals)
            return 0.0
        if self.begun is not None:
            return FULL_S
        moments = [parse(entry.next) for entries in journals.values() for entry in entries.values() if entry.next]
        return max(0.05, (min(moments) - now).total_seconds()) if moments else FULL_S

    def pause(self, seconds: float) -> None:
        """Wait, at most until the next beat: a clock that was set, or a machine that slept, is noticed by then."""
        end = time.monotonic() + min(seconds, BEAT.total_seconds())
        while not self.child.stopped and (rest := end - time.monotonic()) > 0:
            time.sleep(min(rest, 0.5))

    def _reread(self, table: Timetable) -> Timetable:
        """The definition as it is now; where it is broken, the times of the last good one hold."""
        state = _state(table.config)
        if state == self.read.get(table.config):
            return table
        self.read[table.config] = state
        try:
            config = read_config(table.config)
        except ChurnError as error:
            self.say(f"{error}\nUntil then the times of before hold.")
            return table
        if config.definition.dataset.name != table.dataset:
            self.say(f"{table.config}: is of another dataset now, which is watched from the next start on.")
            return table
        return Timetable(table.config, table.dataset, config.schedule)

    def _settled(self, table: Timetable, now: datetime) -> dict[str, Entry]:
        before = journal.read_journal(self.project.runs, table.dataset)
        zone, times = table.schedule.zone, table.schedule.times
        after = {name: journal.settle(before.get(name), text, zone, now) for name, text in times.items()}
        for name, entry in before.items():
            if name in after and parse(entry.since) > now + journal.SET_BACK:
                self.say(f"{table.dataset} {name}: the clock was set back; times count from now on")
        if after != before:
            journal.write_journal(self.project.runs, table.dataset, after)
        return after

    def _do(self, table: Timetable, job: str, due: Due, journals: dict) -> None:
        lock = self._job_lock()
        if lock is None:
            return
        try:
            log = log_of(self.project.runs, table.dataset, job, due.due)
            entries = journals[table.dataset]
            place = log.relative_to(self.project.runs).as_posix()
            entries[job] = journal.claim(entries[job], due, self.clock(), place)
            journal.write_journal(self.project.runs, table.dataset, entries)
            self.say(f"{table.dataset} {job}: due {due.due}{_WHY[due.why]}{_missed(due.missed)}")
            code = self.perform(table, job, due.due, log, lock)
            if self.child.stopped and code not in journal.DONE:
                return  # it was told to end, and is taken up again
            said = "" if code in journal.DONE else last_words(log)
            entries[job] = journal.confirm(entries[job], code, self.clock(), table.schedule, said)
            journal.write_journal(self.project.runs, table.dataset, entries)
            self._tell(table, job, entries[job])
        finally:
            unlock(lock)

    def _job_lock(self):
        """The lock of jobs, once what a killed watcher has left behind has ended; None when told to stop."""
        path, told = self.project.runs / WATCH / LOCK, False
        while (lock := lock_file(path)) is None:
            if self.child.stopped:
                return None
            if not told:
                self.say("a job that a watcher before has begun goes on; waiting for it")
            told = True
            self.held.beat()
            self.pause(0.5)
        return lock

    def _perform(self, table: Timetable, job: str, due: str, log: Path, lock) -> int:
        words = command(self.project, table, job, due)
        return self.child.run(words, self.project.root, log, lock, self._beat_gently)

    def _beat_gently(self) -> None:
        try:
            self.held.beat()
        except OSError as error:
            self.say(f"no heartbeat: {error}")

    def _tell(self, table: Timetable, job: str, entry: Entry) -> None:
        if not entry.failed:
            self.say(f"{table.dataset} {job}: done" + ", alerts are raised" * bool(entry.code))
            return
        self.failed = True
        later = f"tried again at {entry.again}" if entry.again else "given up until its next time"
        self.say(f"{table.dataset} {job}: failed with {entry.code}, {later}: {entry.said} ({entry.log})")


def _state(path: Path):
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _first(
    tables: list[Timetable], journals: dict, now: datetime, without: Collection = ()
) -> tuple[Timetable, str, Due] | None:
    """What is to be done first: what was begun, then by due time, then in the order of JOBS."""
    found = []
    for table in tables:
        for job, entry in journals[table.dataset].items():
            due = None if (table.dataset, job) in without else journal.find_due(entry, now)
            if due:
                order = (due.why != RESUMED, due.due, JOBS.index(job), table.dataset)
                found.append((order, table, job, due))
    return min(found, key=lambda one: one[0])[1:] if found else None


def _missed(times: int) -> str:
    return f"; {times} due time{'s' * (times != 1)} before it missed, made up for by this one" if times else ""


def speak(line: str) -> None:
    """A line of the watcher, at once, for whoever reads along or keeps a journal."""
    print(f"{text(datetime.now(UTC))} {line}", flush=True)
