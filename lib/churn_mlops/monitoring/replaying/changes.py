"""What alerts made of the changes in a replay: noticed or not, false alarms, and what is no change at all.

An alarm is an alert that opens in a month, or gets worse, and says that something has changed; that the data or the
champion are old is none. A change explains the alarms from its month on, for a year unless it says otherwise (`until`).
"""

from collections import defaultdict
from collections.abc import Sequence

from churn_mlops.monitoring.alerting.alert import RANKS
from churn_mlops.monitoring.alerts import (
    FEED_BROKEN,
    INPUTS_MOVED,
    NEW_CATEGORIES,
    PERFORMANCE_FELL,
    SCORES_MOVED,
)
from churn_mlops.monitoring.replaying.days import days_between, months_later

ABOUT_CHANGES = (FEED_BROKEN, INPUTS_MOVED, SCORES_MOVED, NEW_CATEGORIES, PERFORMANCE_FELL)
CYCLE = 1  # months between two looks: what a noticeable change may take to be noticed
_YEAR, _SEASON = 12, 4  # months that a change explains where it does not say, and what is none

Alarm = tuple[str, dict]  # the month in which it opened, the alert


def alarms(months: Sequence[dict]) -> list[Alarm]:
    """The alerts about changes that opened, or opened anew because they got worse, in order of time.

    An alert goes on while its cause has a column in common with it; so a change may be told by one that stands.
    """
    told, opened = {}, []
    for row in months:
        for alert in row.get("alerts") or ():
            rank, key = RANKS.get(alert.get("severity"), 0), alert.get("id") or alert.get("name")
            if alert.get("state") != "open" or alert.get("name") not in ABOUT_CHANGES:
                continue
            if alert.get("new") or rank > told.get(key, rank):
                opened.append((row["month"], alert))
            told[key] = max(rank, told.get(key, 0))
    return opened


def explains(change: dict, month: str) -> bool:
    """Whether an alarm of that month may be about the change."""
    until = change.get("until") or months_later(change["month"], _YEAR if change["real"] else _SEASON)
    return change["month"] <= month < until


def false_alarms(opened: Sequence[Alarm], changes: Sequence[dict]) -> list[Alarm]:
    """The alarms that no real change explains."""
    real = [change for change in changes if change["real"]]
    return [alarm for alarm in opened if not any(explains(change, alarm[0]) for change in real)]


def quiet_months(months: Sequence[str], changes: Sequence[dict]) -> list[str]:
    """The months in which nothing happened that is known of, no change and nothing that looks like one."""
    return [month for month in months if not any(explains(change, month) for change in changes)]


def noticed(opened: Sequence[Alarm], changes: Sequence[dict], months: Sequence[str]) -> list[dict]:
    """What became of each real change that fell into the replay: by which alarm it was noticed first, and when.

    `days` from its month to the look; `in_time`: not later than CYCLE after the best possible detector, None where
    that is not known or the replay ends before; `named`: whether a feed's failure was called one.
    """
    first = {}
    for month, alert in opened:
        for place in _about(month, alert, changes):
            first.setdefault(place, []).append((month, alert))
    fallen = [n for n, change in enumerate(changes) if change["real"] and months[0] <= change["month"] <= months[-1]]
    return [_outcome(changes[n], first.get(n, []), months) for n in fallen]


def _about(month: str, alert: dict, changes: Sequence[dict]) -> list[int]:
    """The changes that an alarm is taken to be about: the newest that it can be; a feed's, where it names a feed."""
    since = min(str(alert.get("since") or month), month)[:7]
    able = [n for n, c in enumerate(changes) if c["real"] and explains(c, month) and c["month"][:7] <= since]
    feeds = [n for n in able if changes[n].get("kind") == "feed"]
    able = feeds if feeds and alert["name"] == FEED_BROKEN else able
    newest = max((changes[n]["month"] for n in able), default="")
    return [n for n in able if changes[n]["month"] == newest]


def _outcome(change: dict, found: Sequence[Alarm], months: Sequence[str]) -> dict:
    month, alert = found[0] if found else (None, {})
    is_feed = change.get("kind") == "feed"
    return {
        "month": change["month"],
        "what": change["what"],
        "kind": change.get("kind"),
        "noticeable": change.get("noticeable"),
        "noticed": month,
        "days": month and days_between(change["month"], month),
        "by": alert.get("name"),
        "in_time": _in_time(change.get("noticeable"), month, months[-1]),
        "named": any(a["name"] == FEED_BROKEN for _, a in found) if is_feed else None,
    }


def _in_time(noticeable: str | None, month: str | None, last: str) -> bool | None:
    if noticeable is None:
        return None
    latest = months_later(noticeable, CYCLE)
    if month is not None:
        return month <= latest
    return False if latest <= last else None


def repeated(opened: Sequence[Alarm], changes: Sequence[dict], months: Sequence[str]) -> list[dict]:
    """Each occurrence of what is no change, such as a seasonal dip, by its year, and whether it was alarmed."""
    years, mistaken = defaultdict(int), [month for month, _ in false_alarms(opened, changes)]
    told = []
    for change in sorted((c for c in changes if not c["real"]), key=lambda c: c["month"]):
        years[change["what"]] += 1
        if any(explains(change, month) for month in months):
            alarmed = any(explains(change, month) for month in mistaken)
            told.append({"month": change["month"], "what": change["what"], "year": years[change["what"]],
                         "alarmed": alarmed})  # fmt: skip
    return told
