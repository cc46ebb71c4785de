"""The events of a simulated business: what happens when, whether it is a change, and when it can be noticed at best."""

from churn_mlops.data.simulator import market
from churn_mlops.data.simulator.noticing import first_noticed
from churn_mlops.data.simulator.settings import SimulatorSettings

CUSTOMERS, FEED, NONE = "customers", "feed", "none"  # what changes
YEAR = 12
_EVENTS = {  # setting -> words, what changes, months after which its consequences are over and a month is quiet again
    "price_rise_month": ("price rise", CUSTOMERS, YEAR),
    "new_market_month": ("new market", CUSTOMERS, YEAR),
    "broken_feed_month": ("broken feed", FEED, YEAR),
    "slow_change_month": ("slow change", CUSTOMERS, market.SLOW_MONTHS + YEAR),
}


def events(settings: SimulatorSettings, horizon_days: int = 30) -> list[dict]:
    """The events in order of time, those that are no change (`real` false) among them.

    `month` is its first day; `until` the first month that it no longer explains; `noticeable` the day of the first
    look at which the best possible detector would more likely than not notice it, None where there is none.
    """
    found = [_change(settings, name, horizon_days) for name in _EVENTS if getattr(settings, name)]
    return sorted([*found, *_dips(settings)], key=lambda event: event["month"])


def _change(settings: SimulatorSettings, name: str, horizon_days: int) -> dict:
    what, kind, lasts = _EVENTS[name]
    month, look = getattr(settings, name), first_noticed(settings, name, horizon_days)
    return {
        "month": _day(settings, month),
        "what": what,
        "real": True,
        "kind": kind,
        "until": _day(settings, month + lasts),
        "noticeable": None if look is None else _day(settings, look),
    }


def _dips(settings: SimulatorSettings) -> list[dict]:
    """The seasonal dip, once for each year of the period; what is seen of it is over after a quarter."""
    months = range(settings.months) if settings.seasonal_dip else ()
    dips = [m for m in months if market.calendar_month(settings, m) == settings.seasonal_dip_month]
    return [
        {
            "month": _day(settings, month),
            "what": "seasonal dip",
            "real": False,
            "kind": NONE,
            "until": _day(settings, month + 4),  # means of three months hold it until then
            "noticeable": None,
        }
        for month in dips
    ]


def _day(settings: SimulatorSettings, month: int) -> str:
    return str(market.first_day(settings, month))
