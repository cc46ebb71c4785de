"""Is the service alive? Its own log says how many it answered, how fast, and when it fell silent.

A service that has died sends no error: it is found by its silence, against the longest that it was silent before.
What it refused is not in the log; the service counts that in its own metrics.
"""

from dataclasses import dataclass

import pandas as pd

DAYS = 30  # that are looked at
LEAST_DAYS = 5  # with answers, before silence or slowness says anything
SLOWER = 3.0  # times the median of the days before: slow
SLOW_MS = 100.0  # under this no one minds
MAX_FAILED = 0.01  # share of answers without a probability

COLUMNS = ["day", "answers", "customers", "contacted", "mean_probability", "median_ms", "p95_ms", "failed", "versions"]


@dataclass(frozen=True)
class Service:
    """What the log of a service tells."""

    verdict: str  # "answering", "silent", "slow", "failing" or "unused"
    message: str
    last: str | None = None  # day of the last answer


def judge_service(days: pd.DataFrame, today: str) -> Service:
    """The verdict on a table of days (COLUMNS, oldest first; days without an answer have no row) on a day.

    Silent: for more than twice as long as ever before in these days. Slow and failing are judged by the newest day.
    """
    if days.empty:
        return Service("unused", f"The service has answered nobody in the last {DAYS} days, or there is none.")
    newest, moments = days.iloc[-1], pd.to_datetime(days["day"])
    silent = (pd.Timestamp(today) - moments.iloc[-1]).days
    longest = int(moments.diff().dt.days.max()) if len(days) > 1 else 1
    last, known = str(newest["day"]), len(days) >= LEAST_DAYS
    if known and silent > 2 * longest:
        told = f"The service has answered nobody for {silent} days; before it was never silent for more than {longest}."
        return Service("silent", told, last)
    if newest["failed"] > MAX_FAILED * newest["answers"]:
        told = f"On {last} {newest['failed']:,} of {newest['answers']:,} answers held no probability."
        return Service("failing", told, last)
    usual = float(days["p95_ms"].iloc[:-1].median()) if known else float("inf")
    if newest["p95_ms"] > max(SLOWER * usual, SLOW_MS):
        told = f"On {last} one answer in twenty took {newest['p95_ms']:,.0f} ms or more; {usual:,.0f} ms were usual."
        return Service("slow", told, last)
    return Service("answering", f"The service answered {newest['answers']:,} times on {last}.", last)
