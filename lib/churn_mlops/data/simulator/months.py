"""What happens in a month: renewals, payments, calls to support, usage. Each step returns rows for its table."""

from dataclasses import replace

import numpy as np

from churn_mlops.data.simulator.hazard import recent
from churn_mlops.data.simulator.market import PLANS, TERM_MONTHS
from churn_mlops.data.simulator.population import Population

Rows = dict[str, np.ndarray]
DUE_DAY = 3  # of each month: before anybody leaves, and settled or failed before the next month
LATE = 0.04  # share of usage rows that arrive after the end of their month


def renew(people: Population, month: int, rng) -> tuple[Population, np.ndarray]:
    """On the 1st: terms that are over run on or fall back to month-to-month, some change plan or sign a term.

    Returns the customers as they stand now, and who of them has a new contract.
    """
    over = (TERM_MONTHS[people.term] > 0) & (people.term_end == month)
    loose = TERM_MONTHS[people.term] == 0
    chance = rng.random(len(people))
    signs = loose & (chance < 0.009)
    moves = (over | loose) & (rng.random(len(people)) < 0.012)
    step = np.where(rng.random(len(people)) < 0.5, 1, -1)
    plan = np.where(moves, np.clip(people.plan + step, 0, len(PLANS) - 1), people.plan)
    term = np.where(signs, np.where(chance < 0.007, 1, 2), np.where(over & (chance < 0.35), 0, people.term))
    new = over | signs | (plan != people.plan)
    began = np.where(new, month, people.contract_month)
    ends = np.where(new, month + TERM_MONTHS[term], people.term_end)
    return replace(people, plan=plan, term=term, contract_month=began, term_end=ends), new


def price_paid(people: Population, month: int, list_prices: np.ndarray) -> np.ndarray:
    """EUR that each customer pays this month: the list price, less a discount that still runs."""
    share = np.where(month < people.discount_end, people.discount, 0.0)
    return (list_prices[people.plan] * (1 - share)).round(2)


def pay(people: Population, rng) -> Rows:
    """Days after the due date on which each customer pays, or that the payment failed."""
    stumbled = people.failed[:, 0] > 0
    failed = rng.random(len(people)) < np.where(stumbled, 0.30, 0.025)
    delay = np.minimum(rng.geometric(0.45, len(people)) - 1, 20)
    return {"failed": failed, "delay": delay}


def contact(people: Population, last_day: np.ndarray, rng) -> Rows:
    """Contacts with support, at most one a day, none after a customer's last day: one row a contact."""
    trouble = 0.13 + 0.25 * (people.failed[:, 0] > 0) + 0.30 * (recent(people.unresolved, 1) > 0)
    count = rng.poisson(trouble)
    who = np.repeat(np.arange(len(people)), count)
    who, day = np.divmod(np.unique(who * 32 + rng.integers(2, 29, len(who))), 32)
    billing = people.failed[who, 0] > 0
    topic = np.where(billing & (rng.random(len(who)) < 0.6), 0, rng.choice(4, len(who), p=[0.2, 0.4, 0.25, 0.15]))
    resolved = rng.random(len(who)) < np.where(topic == 1, 0.6, 0.78)
    mood = np.clip(np.rint(rng.normal(np.where(resolved, 4.1, 2.4), 1.0)), 1, 5)
    satisfaction = np.where(rng.random(len(who)) < 0.45, np.nan, mood)
    rows = {"who": who, "day": day, "topic": topic, "resolved": resolved, "satisfaction": satisfaction}
    in_time = day < last_day[who]
    return {name: values[in_time] for name, values in rows.items()}


def fade(people: Population, rng) -> Population:
    """Some begin to lose interest, some of those find it again; the others use ever less."""
    begins = (people.fading == 0) & (rng.random(len(people)) < 0.025)
    recovers = rng.random(len(people)) < 0.25
    deeper = np.maximum(people.fading - 0.55, -2.2)
    return replace(people, fading=np.where(begins, -0.55, np.where((people.fading < 0) & ~recovers, deeper, 0.0)))


def use(people: Population, season: float, kept: float, days: np.ndarray, rng) -> Rows:
    """Minutes and sessions of the month, for customers who were there on so many of its 28 counted days.

    `kept`: the share of their usual use that is left in a month of little use.
    """
    noise = rng.normal(0, 0.13, len(people))
    hours = np.exp(people.habit + people.fading + 0.05 * season + noise) * kept * days / 28
    minutes = np.rint(hours * 60)
    sessions = rng.poisson(hours * 1.4 + 0.2)
    late = rng.random(len(people)) < LATE
    delay = np.where(late, rng.integers(2, 26, len(people)), 0)
    return {"minutes": minutes, "sessions": sessions, "delay": delay}
