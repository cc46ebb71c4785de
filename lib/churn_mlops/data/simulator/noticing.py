"""When a change can be noticed at best: the limit that every detector is held against.

The best detector knows both worlds, the one with the change and its twin without it, down to the probability of
every draw, and asks only whether the change has come. For it the likelihood ratio is the most powerful test of a given
rate of false alarms (Neyman and Pearson 1933, "On the Problem of the Most Efficient Tests of Statistical Hypotheses",
Phil. Trans. A 231). The simulator draws everything from what went before, and a change alters the odds of some draws
only; so the ratio is a product over those draws, each made by the same customers on the same day in both worlds:

- price rise: the list price of the month, which stands in the columns of its first day;
- new market: the region of who signed up, in the columns of the month after;
- broken feed: whether a month's usage is there on the first day of the next; it may be late without any change;
- slow change: who left, as far as the labels are in.

It sees a little more than the tables show (what nobody records about a customer), has no months to learn from, and is
told what will change. No detector can be earlier at the same rate of false alarms; a good one is not much later.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from statistics import NormalDist

import numpy as np

from churn_mlops.data.simulator import market
from churn_mlops.data.simulator.business import lived
from churn_mlops.data.simulator.months import LATE
from churn_mlops.data.simulator.settings import SimulatorSettings

FALSE_ALARMS = 0.05  # of the looks without a change: one quiet month in twenty
Draws = tuple[int, np.ndarray, np.ndarray]  # the look that sees them, their probabilities with and without the change


def first_noticed(settings: SimulatorSettings, event: str, horizon_days: int = 30) -> int | None:
    """The month on whose first day the event is noticed with a power of a half or more; None: not in the period.

    `event` is the name of its setting; a look sees all draws since the event that are known on its day.
    """
    gained, noise = 0.0, 0.0
    for look, changed, usual in _DRAWS[event](settings, getattr(settings, event), horizon_days):
        if look > settings.months:
            return None
        more = log_ratio(changed, usual)
        gained, noise = gained + more[0], noise + more[1]
        if is_noticed(gained, noise):
            return look
    return None


def log_ratio(changed: np.ndarray, usual: np.ndarray) -> tuple[float, float]:
    """What yes-or-no draws add to the log likelihood ratio: its gain in mean by the change, its variance without.

    A draw that was impossible settles it where it happens: infinite gain, if it more likely than not does.
    """
    impossible = (usual == 0) & (changed > 0)
    if 1 - np.prod(1 - changed[impossible]) >= 0.5:
        return np.inf, 0.0
    changed, usual = changed[usual > 0], usual[usual > 0]
    weight = np.log(changed / usual) - np.log((1 - changed) / (1 - usual))
    return float(weight @ (changed - usual)), float(weight**2 @ (usual * (1 - usual)))


def is_noticed(gained: float, noise: float) -> bool:
    """Whether the sum's mean under the change lies beyond what it exceeds without one in FALSE_ALARMS of the looks."""
    return gained > 0 and gained >= NormalDist().inv_cdf(1 - FALSE_ALARMS) * np.sqrt(noise)


def _prices(settings: SimulatorSettings, month: int, _) -> Iterator[Draws]:
    now, usual = (market.price_list(s)[market.WARM_UP + month] for s in (settings, replace(settings, price_rise=0.0)))
    yield month, (now != usual).astype(float), np.zeros(len(now))


def _regions(settings: SimulatorSettings, month: int, _) -> Iterator[Draws]:
    for m in range(month, settings.months):
        old, new = market.arrivals(settings, m)
        yield m + 1, np.full(old + new, new / max(old + new, 1)), np.zeros(old + new)


def _usage(settings: SimulatorSettings, month: int, _) -> Iterator[Draws]:
    for m in range(month, settings.months):
        reported = np.full(market.opening_size(settings), LATE)  # about as many customers as at the start
        yield m + 1, market.FEED_LOST + (1 - market.FEED_LOST) * reported, reported


def _leaving(settings: SimulatorSettings, month: int, horizon_days: int) -> Iterator[Draws]:
    """Who left, by month, once the labels of the month's first day are in."""
    for draws in lived(settings, min(settings.months, month + market.SLOW_MONTHS))["truth"][month:]:
        yield _labels_in(settings, draws["month"], horizon_days), draws["probability"], draws["unchanged"]


def _labels_in(settings: SimulatorSettings, month: int, horizon_days: int) -> int:
    closes = market.first_day(settings, month).item() + timedelta(days=horizon_days)
    return next(m for m in range(month + 1, month + 100) if market.first_day(settings, m).item() >= closes)


_DRAWS = {
    "price_rise_month": _prices,
    "new_market_month": _regions,
    "broken_feed_month": _usage,
    "slow_change_month": _leaving,
}
