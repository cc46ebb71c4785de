"""The customers there are at one moment: who they are, what they have signed, what they lately did."""

from dataclasses import dataclass, fields, replace

import numpy as np

from churn_mlops.data.simulator.market import NEW_MARKET, PLAN_HOURS, REGIONS, TERM_MONTHS, USUAL_CHURN

MISSING = -1  # code of a value that was never recorded
REMEMBERED = 6  # months of a customer's own past that decide what the customer does next


@dataclass(frozen=True)
class Population:
    """One array a property, one element a customer; months count from the start, categories are codes."""

    number: np.ndarray
    signup_month: np.ndarray
    signup_day: np.ndarray
    region: np.ndarray
    age_band: np.ndarray
    channel: np.ndarray
    habit: np.ndarray  # log of the hours a month that this customer is used to
    frailty: np.ndarray  # what nobody records and still makes people leave, in log odds
    fading: np.ndarray  # 0: uses it as ever; below: log of the share still used, while losing interest
    plan: np.ndarray
    term: np.ndarray
    contract_month: np.ndarray  # when the running contract began
    term_end: np.ndarray  # month in which the term is over; meaningless without a term
    discount: np.ndarray  # share off the list price
    discount_end: np.ndarray  # month from which the full price is due
    minutes: np.ndarray  # used; customers x REMEMBERED months, the latest first, NaN before signing up
    prices: np.ndarray  # paid; likewise
    failed: np.ndarray  # payments that failed; likewise
    contacts: np.ndarray  # contacts with support; likewise
    unresolved: np.ndarray  # those of them that solved nothing; likewise

    def __len__(self) -> int:
        return len(self.number)

    def take(self, chosen: np.ndarray) -> "Population":
        """The chosen customers (mask or positions)."""
        return Population(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    def remember(self, **latest: np.ndarray) -> "Population":
        """The same customers a month on: each history moves by one, its latest month in front."""
        return replace(
            self,
            **{
                name: np.column_stack([value, getattr(self, name)[:, : REMEMBERED - 1]])
                for name, value in latest.items()
            },
        )


def join(first: Population, second: Population) -> Population:
    """Both together, the second behind the first."""
    return Population(
        **{f.name: np.concatenate([getattr(first, f.name), getattr(second, f.name)]) for f in fields(first)}
    )


def newcomers(count: int, month: int, first_number: int, rng, new_market: bool = False) -> Population:
    """Customers who sign up in a month, on its 2nd to 28th day, so never on a snapshot date."""
    age = rng.choice(4, count, p=[0.45, 0.35, 0.15, 0.05] if new_market else [0.25, 0.35, 0.25, 0.15])
    plan = rng.choice(3, count, p=[0.40, 0.38, 0.22])
    term = rng.choice(3, count, p=[0.8, 0.2, 0.0] if new_market else [0.56, 0.32, 0.12])
    habit = np.log(PLAN_HOURS[plan]) - 0.12 * (age - 1.5) + rng.normal(-0.5 * new_market, 0.55, count)
    region = np.full(count, REGIONS.index(NEW_MARKET)) if new_market else rng.choice(4, count, p=[0.3, 0.25, 0.3, 0.15])
    discount = np.where(rng.random(count) < 0.45, rng.choice([0.2, 0.3, 0.4], count), 0.0)
    past = np.full((count, REMEMBERED), np.nan)
    return Population(
        number=first_number + np.arange(count),
        signup_month=np.full(count, month),
        signup_day=rng.integers(2, 29, count),
        region=_forget(region, 0.02, rng),
        age_band=_forget(age, 0.08, rng),
        channel=_forget(rng.choice(4, count, p=[0.45, 0.25, 0.15, 0.15]), 0.04, rng),
        habit=habit,
        frailty=rng.normal(0.0, 0.12, count),
        fading=np.zeros(count),
        plan=plan,
        term=term,
        contract_month=np.full(count, month),
        term_end=month + 1 + TERM_MONTHS[term],
        discount=discount,
        discount_end=np.where(discount > 0, month + rng.choice([4, 7, 13], count), month),
        minutes=past,
        prices=past,
        failed=np.zeros_like(past),
        contacts=np.zeros_like(past),
        unresolved=np.zeros_like(past),
    )


def opening(count: int, month: int, rng) -> Population:
    """Customers of a business that already runs: some new, some there for years."""
    fresh = newcomers(count, month, 0, rng)
    age = np.minimum(rng.geometric(USUAL_CHURN, count), 120)
    months = np.maximum(TERM_MONTHS[fresh.term], 1)
    return replace(
        fresh,
        signup_month=month - age,
        contract_month=month - age % months,
        term_end=month - age % months + months,
        discount_end=fresh.discount_end - age,
    )


def _forget(codes: np.ndarray, share: float, rng) -> np.ndarray:
    return np.where(rng.random(len(codes)) < share, MISSING, codes)
