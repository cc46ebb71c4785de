"""What the simulated business sells, to whom, and for how much: its fixed facts."""

import numpy as np

from churn_mlops.data.simulator.settings import SimulatorSettings

PLANS = ("basic", "standard", "premium")
LIST_PRICES = np.array([9.0, 15.0, 24.0])  # EUR a month
PLAN_HOURS = np.array([9.0, 14.0, 20.0])  # typical use, hours a month
TERMS = ("month-to-month", "one year", "two years")
TERM_MONTHS = np.array([0, 12, 24])  # 0: may leave every month
NEW_MARKET = "overseas"
REGIONS = ("north", "east", "south", "west", NEW_MARKET)
AGE_BANDS = ("18-29", "30-44", "45-59", "60+")
CHANNELS = ("web", "shop", "phone", "partner")
TOPICS = ("billing", "technical", "account", "advice")
REASONS = ("price", "little use", "service", "payment", "end of term", "other")

WARM_UP = 36  # months lived through before the first one shown, so that the business is in full swing by then
FEED_LOST = 0.6  # share of customers whose usage a broken feed no longer brings
SLOW_MONTHS = 12  # that the slow change takes
USUAL_CHURN = 0.033  # share of customers who leave in a month, about; keeps arrivals in balance with it


def opening_size(settings: SimulatorSettings) -> int:
    """How many customers there are at the start, so that with all who arrive it makes `customers`."""
    return round(settings.customers / (1 + USUAL_CHURN * settings.months))


def arrivals(settings: SimulatorSettings, month: int) -> tuple[int, int]:
    """How many sign up in a month: in the old regions, and in the new one."""
    usual = round(opening_size(settings) * USUAL_CHURN)
    opened = 0 < settings.new_market_month <= month
    return usual, (usual if opened else 0)


def price_list(settings: SimulatorSettings) -> np.ndarray:
    """The price of each plan in EUR a month: months (from the start of the warm-up) x plans."""
    prices = np.tile(LIST_PRICES, (WARM_UP + settings.months, 1))
    if settings.price_rise_month:
        prices[WARM_UP + settings.price_rise_month :] *= 1 + settings.price_rise
    return prices.round(2)


def first_day(settings: SimulatorSettings, month) -> np.ndarray:
    """The first day of a month, or of an array of months, counted from the start."""
    return (np.datetime64(settings.start, "M") + np.asarray(month)).astype("datetime64[D]")


def calendar_month(settings: SimulatorSettings, month: int) -> int:
    """The month of the year, 1 to 12."""
    return int(str(first_day(settings, month))[5:7])


def season(settings: SimulatorSettings, month: int) -> float:
    """1 in January, -1 in July, in between as a cosine."""
    return float(np.cos(2 * np.pi * (calendar_month(settings, month) - 1) / 12))


def still_used(settings: SimulatorSettings, month: int) -> float:
    """The share of their usual use that customers keep in a month: less than 1 in that of the seasonal dip."""
    return 1 - settings.seasonal_dip if calendar_month(settings, month) == settings.seasonal_dip_month else 1.0


def shift(settings: SimulatorSettings, month: int) -> float:
    """How far the slow change has come: 0 before it, 1 a year after its first month; fastest in the middle."""
    if not settings.slow_change_month:
        return 0.0
    passed = float(np.clip((month - settings.slow_change_month + 1) / SLOW_MONTHS, 0, 1))
    return passed**2 * (3 - 2 * passed)
