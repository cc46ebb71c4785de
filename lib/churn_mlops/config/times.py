"""The section [schedule]: when runs are due, and at which times `watch` does what."""

from collections.abc import Iterator

from churn_mlops.config.settings import Schedule
from churn_mlops.config.typed import build, nearest

_LONGEST_WAIT = 24 * 60  # minutes before the first further try


def schedule(raw, problems: list[str]) -> Schedule:
    """The schedule, checked: each time is one that comes, in a zone that there is."""
    built = build(Schedule, raw, "schedule", problems) or Schedule()
    problems += [f"[schedule] {problem}" for problem in _impossible(built)]
    return built


def _impossible(built: Schedule) -> Iterator[str]:
    if not 0 <= built.every_days < float("inf"):
        yield f"`every_days` is {built.every_days!r}; expected days, or 0: no run is ever due"
    if built.times:
        yield from _bad_zone(built.zone)
        for name, text in built.times.items():
            yield from _bad_times(name, text)
    if built.score and not (built.input and built.output):
        missing = [f"`{name}`" for name in ("input", "output") if not getattr(built, name)]
        yield f"`score` has times and {' and '.join(missing)} missing; expected what to score, and where the list goes"
    if not 0 <= built.retries <= 10:
        yield f"`retries` is {built.retries!r}; expected 0 to 10"
    if not 0 < built.retry_minutes <= _LONGEST_WAIT:
        yield f"`retry_minutes` is {built.retry_minutes!r}; expected more than 0 and at most {_LONGEST_WAIT}"


def _bad_zone(name: str) -> Iterator[str]:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: not found; the others: no name of a zone at all
        yield f"`zone` is {name!r}{nearest(name, available_timezones())}; expected the name of a time zone, such as UTC"


def _bad_times(name: str, text: str) -> Iterator[str]:
    from datetime import UTC, datetime

    from cronsim import CronSim, CronSimError

    expected = 'expected minute, hour, day, month and weekday as in cron, such as "0 6 * * *"'
    try:
        next(CronSim(text, datetime.now(UTC)))
    except CronSimError as error:
        yield f"`{name}` is {text!r}: {str(error).lower()}; {expected}"
    except (StopIteration, RuntimeError, ValueError, AssertionError, TypeError):
        yield f"`{name}` is {text!r}, which never comes; {expected}"
