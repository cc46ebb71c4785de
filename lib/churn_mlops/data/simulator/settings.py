"""What can be set about the simulated business: the `[simulator]` table of a dataset definition, checked."""

from dataclasses import dataclass, fields
from datetime import date

from churn_mlops.config import nearest
from churn_mlops.errors import InvalidSimulator


@dataclass(frozen=True)
class SimulatorSettings:
    """The size of the business, the months simulated, the seed, and events (month 0 means: never)."""

    customers: int = 20_000  # about how many, over the whole period; half of them are there at its start
    months: int = 30  # months simulated
    start: str = "2024-01-01"  # first day of the first month
    seed: int = 7  # same seed, same bytes
    price_rise_month: int = 0  # from this month on (counted from 0) every plan costs more
    price_rise: float = 0.25  # by this share
    new_market_month: int = 0  # from this month on customers of a new region sign up as well
    broken_feed_month: int = 0  # from this month on the usage of three customers in five is no longer reported
    slow_change_month: int = 0  # from this month on, over a year, other reasons to leave take the place of the old ones
    seasonal_dip_month: int = 0  # 1 to 12: in this calendar month of every year, also before the start, use falls
    seasonal_dip: float = 0.2  # by this share

    @classmethod
    def from_dict(cls, raw: dict) -> "SimulatorSettings":
        """Settings from the `[simulator]` table; raises ConfigError with every mistake in it at once."""
        known = {field.name: field.type for field in fields(cls)}
        problems = [f"unknown key `{key}`{nearest(key, known)}" for key in raw if key not in known]
        problems += [
            f"`{key}` is {raw[key]!r}; expected {WANTED[kind]}"
            for key, kind in known.items()
            if key in raw and not _fits(raw[key], kind)
        ]
        sound = {key: raw[key] for key in raw if key in known and _fits(raw[key], known[key])}
        problems += _out_of_range(cls(**sound))
        if problems:
            raise InvalidSimulator(problems)
        return cls(**sound)


WANTED = {int: "a whole number", float: "a number", str: "a text in quotes"}


def _fits(value, kind: type) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)


def _out_of_range(settings: SimulatorSettings) -> list[str]:
    last = settings.months - 1
    rules = (
        ("customers", 100 <= settings.customers <= 5_000_000, "100 to 5,000,000"),
        ("months", 6 <= settings.months <= 120, "6 to 120"),
        ("start", _starts_a_month(settings.start), 'the first day of a month from 1980 to 2100, like "2024-01-01"'),
        ("seed", settings.seed >= 0, "0 or more"),
        ("price_rise", -0.9 <= settings.price_rise <= 5, "-0.9 to 5 (0.25 is a quarter more)"),
        ("price_rise_month", 0 <= settings.price_rise_month <= last, f"0 (never) to {last}, the last month"),
        ("new_market_month", 0 <= settings.new_market_month <= last, f"0 (never) to {last}, the last month"),
        ("broken_feed_month", 0 <= settings.broken_feed_month <= last, f"0 (never) to {last}, the last month"),
        ("slow_change_month", 0 <= settings.slow_change_month <= last, f"0 (never) to {last}, the last month"),
        ("seasonal_dip_month", 0 <= settings.seasonal_dip_month <= 12, "0 (never) or a month of the year, 1 to 12"),
        ("seasonal_dip", 0 <= settings.seasonal_dip <= 0.9, "0 to 0.9 (0.2 is a fifth less)"),
    )
    return [f"`{key}` is {getattr(settings, key)!r}; expected {wanted}" for key, fits, wanted in rules if not fits]


def _starts_a_month(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.day == 1 and 1980 <= day.year <= 2100 and text == day.isoformat()
