"""Why customers leave: the log odds of leaving within the month, reason by reason, and their probability.

Nearly all of it can be seen in the tables. The parts bend and act on each other (being bound by a term
mutes most reasons; an unsolved problem angers those who use the service much), so that a model that only
adds up weighted columns falls visibly short of the truth.
"""

import numpy as np

from churn_mlops.data.simulator.market import NEW_MARKET, REASONS, REGIONS, TERM_MONTHS
from churn_mlops.data.simulator.population import Population

BASE = -4.45  # log odds of leaving for somebody with no reason at all
RIVAL = 2.5  # log odds more for those who use the service much, once a rival courts them
SEASON = 0.25  # log odds more in January than in an average month


def log_odds(
    people: Population, price: np.ndarray, month: int, season: float, shift: float = 0.0
) -> dict[str, np.ndarray]:
    """What each of REASONS adds to the log odds of leaving in the month, for each customer.

    `shift`, 0 to 1: how far a rival has come who wins those that use the service much, and leaves alone those that
    lose interest or find it dear: who used to be the safest is then the first to go.
    """
    bound = (TERM_MONTHS[people.term] > 0) & (people.term_end - month > 1)
    free = np.where(bound, 0.3, 1.0)
    hours, drop = usage_level(people)
    parts = (
        free * (1 - shift) * _price(people, price, hours),
        free * (1 - shift) * _little_use(hours, drop),
        free * _service(people, hours),
        _payment(people),
        _term(people, bound, month),
        _other(people, month, season) + free * shift * _rival(hours),
    )
    return dict(zip(REASONS, parts, strict=True))


def probability(parts: dict[str, np.ndarray]) -> np.ndarray:
    """The probability of leaving in the month, from what each reason adds."""
    return 1 / (1 + np.exp(-(BASE + sum(parts.values()))))


def usage_level(people: Population) -> tuple[np.ndarray, np.ndarray]:
    """Mean hours a month in the last three, and by which share the last month fell short of that mean, 0 to 1."""
    latest = people.minutes[:, :3] / 60
    months = (~np.isnan(latest)).sum(axis=1)
    hours = np.nansum(latest, axis=1) / np.maximum(months, 1)
    drop = 1 - latest[:, 0] / np.maximum(hours, 0.1)
    return hours, np.where(months == 3, np.clip(drop, 0, 1), 0.0)


def recent(history: np.ndarray, months: int = 3) -> np.ndarray:
    """The sum over the last months."""
    return history[:, :months].sum(axis=1)


def price_change(people: Population, price: np.ndarray) -> np.ndarray:
    """The share by which the price has changed since the oldest one remembered; 0 for a new customer."""
    known = (~np.isnan(people.prices)).sum(axis=1)
    oldest = people.prices[np.arange(len(people)), np.maximum(known - 1, 0)]
    return np.where(known > 0, price / np.where(known > 0, oldest, 1) - 1, 0.0)


def _price(people: Population, price: np.ndarray, hours: np.ndarray) -> np.ndarray:
    per_hour = price / np.maximum(hours, 0.5)
    rise = np.clip(price_change(people, price), 0, 0.7)
    return 1.2 * _step(per_hour, 2.0, 0.25) + 5.5 * rise * (0.35 + 0.65 * _step(per_hour, 1.0, 0.2))


def _little_use(hours: np.ndarray, drop: np.ndarray) -> np.ndarray:
    return 2.9 * _step(drop, 0.28, 0.04) * _step(-hours, -16, 2.5) + 0.7 * _step(-hours, -4, 1.0)


def _service(people: Population, hours: np.ndarray) -> np.ndarray:
    unresolved, contacts = recent(people.unresolved), recent(people.contacts)
    angry = np.minimum(unresolved, 2) * (0.2 + 1.8 * _step(hours, 11, 1.5))
    return angry - 0.5 * ((contacts > 0) & (unresolved == 0))


def _payment(people: Population) -> np.ndarray:
    failed = recent(people.failed)
    return np.where(failed >= 2, 2.0, np.where(failed == 1, 0.7, 0.0))


def _term(people: Population, bound: np.ndarray, month: int) -> np.ndarray:
    last_month = (TERM_MONTHS[people.term] > 0) & (people.term_end - month == 1)
    return np.where(bound, -1.5, np.where(last_month, 2.2, 0.0))


def _other(people: Population, month: int, season: float) -> np.ndarray:
    """Being new, the season, the place, and what nobody records."""
    tenure = month - people.signup_month
    newness = 1.3 * np.exp(-(tenure - 1) / 3.0)
    place = 0.5 * (people.region == REGIONS.index(NEW_MARKET)) + 0.2 * (people.region == 2)
    return newness + SEASON * season + place + people.frailty


def _rival(hours: np.ndarray) -> np.ndarray:
    return RIVAL * _step(hours, 18, 2.0)


def _step(value: np.ndarray, at: float, width: float) -> np.ndarray:
    """A soft step from 0 to 1 around `at`."""
    return 1 / (1 + np.exp(-np.clip((value - at) / width, -50, 50)))
