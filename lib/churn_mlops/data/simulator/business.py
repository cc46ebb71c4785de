"""The business as a whole: month after month, from its opening customers to the tables it would have kept."""

from collections import defaultdict

import numpy as np
import pandas as pd

from churn_mlops.data.simulator import market, months
from churn_mlops.data.simulator.hazard import log_odds, probability
from churn_mlops.data.simulator.market import REASONS, WARM_UP
from churn_mlops.data.simulator.population import Population, join, newcomers, opening
from churn_mlops.data.simulator.settings import SimulatorSettings
from churn_mlops.data.simulator.tables import Ledger, published

OPENING = 1_000_000  # the random stream of the opening customers; those of the months count from 0
STAYS = 99  # later than any day of a month


def simulate(settings: SimulatorSettings) -> dict[str, pd.DataFrame]:
    """The tables of the business over the period, with the true probability of leaving in `truth`.

    Snapshots are the first days of the months; cancellations fall on days 4 to 28, so that for a horizon of
    28 to 30 days the label of a snapshot is exactly whether the customer left in its month. Each month has a
    random stream of its own: an event changes nothing before the month in which it happens.
    """
    return published(lived(settings, settings.months), settings, market.price_list(settings)[WARM_UP:])


def lived(settings: SimulatorSettings, months_shown: int) -> Ledger:
    """What the first so many months brought, table by table, after the years of warming up."""
    prices = market.price_list(settings)
    people = opening(market.opening_size(settings), -WARM_UP, np.random.default_rng([settings.seed, OPENING]))
    for month in range(-WARM_UP, 0):
        people = live(people, month, settings, prices[month + WARM_UP], defaultdict(list))
    ledger: Ledger = defaultdict(list, customers=[people], contracts=[people])
    for month in range(months_shown):
        people = live(people, month, settings, prices[month + WARM_UP], ledger)
    return ledger


def live(
    people: Population, month: int, settings: SimulatorSettings, list_prices: np.ndarray, ledger: Ledger
) -> Population:
    """One month: what it brings goes into the ledger, the customers who are there at its end come back."""
    rng = np.random.default_rng([settings.seed, month + WARM_UP])
    season = market.season(settings, month)
    people, renewed = months.renew(people, month, rng)
    price = months.price_paid(people, month, list_prices)
    last_day = _leave(people, price, month, settings, rng, ledger)
    payments = months.pay(people, rng)
    contacts = months.contact(people, last_day, rng)
    new = _sign_up(settings, month, rng)
    everybody = months.fade(join(people, new), rng)
    days = np.concatenate([np.minimum(last_day - 1, 28), 29 - new.signup_day])
    usage = months.use(everybody, season, market.still_used(settings, month), days, rng)
    reported = _reported(everybody, month, settings)
    ledger["contracts"] += [people.take(renewed), new]
    ledger["customers"].append(new)
    ledger["payments"].append({"number": people.number, "month": month, "price": price, **payments})
    ledger["contacts"].append({**contacts, "number": people.number[contacts["who"]], "month": month})
    rows = {"number": everybody.number, **usage}
    ledger["usage"].append({"month": month} | {name: values[reported] for name, values in rows.items()})
    stays = np.concatenate([last_day == STAYS, np.ones(len(new), dtype=bool)])
    latest = _latest(len(people), len(new), price, payments, contacts)
    return everybody.remember(minutes=usage["minutes"], **latest).take(stays)


def _leave(people, price, month, settings: SimulatorSettings, rng, ledger: Ledger) -> np.ndarray:
    """The day on which each customer leaves, or STAYS; the truth and the cancellations go into the ledger."""
    season, shift = market.season(settings, month), market.shift(settings, month)
    odds = log_odds(people, price, month, season, shift)
    risk = probability(odds)
    unchanged = probability(log_odds(people, price, month, season)) if shift else risk
    leaves = rng.random(len(people)) < risk
    day = rng.integers(4, 29, len(people))
    said = np.argmax(np.column_stack(list(odds.values())), axis=1)
    reason = np.where(rng.random(len(people)) < 0.15, REASONS.index("other"), said)
    ledger["truth"].append({"number": people.number, "month": month, "probability": risk, "unchanged": unchanged})
    rows = {"number": people.number, "day": day, "reason": reason}
    ledger["cancellations"].append({"month": month} | {name: values[leaves] for name, values in rows.items()})
    return np.where(leaves, day, STAYS)


def _sign_up(settings: SimulatorSettings, month: int, rng) -> Population:
    usual, extra = market.arrivals(settings, month)
    first_number = (month + WARM_UP + 1) * 10_000_000  # apart from the numbers of every other month
    new = newcomers(usual, month, first_number, rng)
    return join(new, newcomers(extra, month, first_number + usual, rng, new_market=True)) if extra else new


def _reported(people: Population, month: int, settings: SimulatorSettings) -> np.ndarray:
    """Whose usage reaches the tables; the customers themselves notice nothing of a broken feed."""
    broken = 0 < settings.broken_feed_month <= month
    return ~(broken & (people.number % 5 < 5 * market.FEED_LOST))


def _latest(old: int, new: int, price, payments: dict, contacts: dict) -> dict[str, np.ndarray]:
    """What `Population.remember` keeps of the month, beside the minutes; the new ones were not billed yet."""
    count = np.bincount(contacts["who"], minlength=old)
    unresolved = np.bincount(contacts["who"], weights=~contacts["resolved"], minlength=old)
    of_old = {"prices": price, "failed": payments["failed"], "contacts": count, "unresolved": unresolved}
    return {
        name: np.concatenate([values.astype(float), np.full(new, np.nan if name == "prices" else 0.0)])
        for name, values in of_old.items()
    }
