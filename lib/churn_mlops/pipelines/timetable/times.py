"""Due times of a cron expression, as moments in UTC; the calendar is that of the schedule's zone.

By cronsim, which reads expressions as Debian's cron does: a time that a change of the clocks leaves out comes when they
have changed, one that they bring twice comes once; where minute or hour begin with `*`, or seconds are given, time
simply goes on. Light to import.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

FORM = "%Y-%m-%dT%H:%M:%SZ"
MOST = 1000  # missed times that are counted
_SPANS = (timedelta(hours=1), timedelta(days=2), timedelta(days=400))


def after(times: str, zone: str, moment: datetime) -> Iterator[datetime]:
    """The due times that come after a moment, in order."""
    from zoneinfo import ZoneInfo

    from cronsim import CronSim

    last = moment
    for local in CronSim(times, moment.astimezone(ZoneInfo(zone))):
        found = local.astimezone(UTC)
        if found > last:  # asked within an hour that comes twice, it names the first of the two once more
            last = found
            yield found


def next_after(times: str, zone: str, moment: datetime) -> datetime | None:
    """The first due time after a moment; None where there is none in fifty years."""
    return next(after(times, zone, moment), None)


def newest(times: str, zone: str, begin: datetime, end: datetime) -> datetime | None:
    """The last due time after `begin` and not after `end`; None where there is none."""
    for span in (*_SPANS, end - begin):
        start = max(begin, end - span)
        if found := list(_until(end, after(times, zone, start))):
            return found[-1]
        if start == begin:
            return None
    return None


def count(times: str, zone: str, begin: datetime, end: datetime) -> int:
    """How many times were due after `begin` and not after `end`; no more than MOST are counted."""
    return sum(1 for _ in islice(_until(end, after(times, zone, begin)), MOST))


def _until(end: datetime, found: Iterator[datetime]) -> Iterator[datetime]:
    for one in found:
        if one > end:
            return
        yield one


def explain(times: str) -> str:
    """A cron expression in words."""
    from cronsim import CronSim

    return CronSim(times, datetime.now(UTC)).explain()


def text(moment: datetime) -> str:
    """A moment as it stands on record, to the second."""
    return moment.astimezone(UTC).strftime(FORM)


def parse(moment: str) -> datetime:
    """The moment that `text` has written; raises ValueError for anything else."""
    return datetime.strptime(moment, FORM).replace(tzinfo=UTC)
