"""Freshness: how old the newest data and the champion are, against limits; what is unknown is said, not guessed."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_DAY = 86_400  # seconds
_AHEAD = -1.0  # days: a date may lie this far ahead, for a snapshot at the end of today in another time zone


@dataclass(frozen=True)
class Age:
    """The age of one thing against its limit."""

    what: str
    since: str | None  # its date, YYYY-MM-DD, UTC
    days: float | None  # None when the date is unknown
    limit_days: float
    verdict: str  # "fresh", "old" or "unknown"
    message: str

    @property
    def over_since(self) -> str | None:
        """The day from which it has been over its limit; None where it is not."""
        if self.verdict != "old":
            return None
        return f"{datetime.fromisoformat(self.since) + timedelta(days=self.limit_days):%Y-%m-%d}"


@dataclass(frozen=True)
class Freshness:
    """The ages that a monitored model depends on."""

    data: Age
    champion: Age


def measure_freshness(
    newest_data,
    champion_since,
    now,
    *,
    max_data_age_days: float = 45,
    max_champion_age_days: float = 90,
) -> Freshness:
    """Ages on `now`; each date is a date, a datetime, a pandas Timestamp, ISO text, or None when unknown.

    A moment without a time zone is read as UTC. Raises ValueError for text that is no date.
    """
    now = _moment(now)
    if now is None:
        raise ValueError("freshness: `now` is unknown; expected a date")
    return Freshness(
        _age("newest data", newest_data, now, max_data_age_days, "the data have no snapshot date"),
        _age("champion", champion_since, now, max_champion_age_days, "there is no champion yet"),
    )


def freshness_table(freshness: Freshness) -> "pd.DataFrame":
    """Freshness as a table, one row a thing."""
    import pandas as pd

    return pd.DataFrame([asdict(freshness.data), asdict(freshness.champion)])


def _age(what: str, since, now: datetime, limit: float, why_unknown: str) -> Age:
    since = _moment(since)
    if since is None:
        return Age(what, None, None, limit, "unknown", f"The age of the {what} is unknown: {why_unknown}.")
    days = (now - since).total_seconds() / _DAY
    on = f"{since:%Y-%m-%d}"
    if days < _AHEAD:
        message = f"The {what} is dated {on}, {-days:.0f} days in the future: its age is unknown."
        return Age(what, on, None, limit, "unknown", message)
    days = max(days, 0.0)
    message = f"The {what} is {days:,.0f} days old ({on}); the limit is {limit:g} days."
    return Age(what, on, days, limit, "old" if days > limit else "fresh", message)


def _moment(value) -> datetime | None:
    if value is None or value != value or value == "":  # NaT and NaN are not equal to themselves
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        value = datetime.fromisoformat(str(value))
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
