"""At which days a log of events is looked at; days are whole numbers since 1970, as in its sums."""

from datetime import date

from churn_mlops.config import Events
from churn_mlops.errors import DataError

EPOCH = date(1970, 1, 1).toordinal()


def snapshot_days(events: Events, oldest: int, newest: int) -> list[int]:
    """The snapshots' days, oldest first: from `first` on, none after `last` nor after the newest day of the log.

    Without `first`: the first of a month, the longest window after the oldest event, so that windows are full.
    """
    first = number_of(date.fromisoformat(events.first)) if events.first else _next_month(oldest + events.windows[-1])
    last = min(number_of(date.fromisoformat(events.last)), newest) if events.last else newest
    days = []
    while (day := _nth(first, len(days), events.every_days)) <= last:
        days.append(day)
    if not days:
        raise DataError(
            f"no snapshot lies between {as_text(first)} and {as_text(last)}; the log has events from "
            f"{as_text(oldest)} to {as_text(newest)}. Cure: an earlier `first` in [events], or shorter windows."
        )
    return days


def _nth(first: int, n: int, every_days: int) -> int:
    return first + n * every_days if every_days else _months_later(first, n)


def _months_later(first: int, n: int) -> int:
    """The same day of the n-th month after, or that month's last day where it is shorter."""
    from calendar import monthrange

    day = date.fromordinal(EPOCH + first)
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return number_of(date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])))


def _next_month(number: int) -> int:
    """The first of a month, on the day or after it."""
    day = date.fromordinal(EPOCH + number)
    return number if day.day == 1 else _months_later(number_of(date(day.year, day.month, 1)), 1)


def number_of(day: date) -> int:
    """A date as days since 1970."""
    return day.toordinal() - EPOCH


def as_text(number: int) -> str:
    """Days since 1970 as a date, YYYY-MM-DD."""
    return f"{date.fromordinal(EPOCH + number)}"
