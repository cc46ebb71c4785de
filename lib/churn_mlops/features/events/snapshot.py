"""What was known about each customer at one snapshot date, from sums by customer and day.

One snapshot at a time: joined with all of them at once, each day would stand there as often as there are snapshots.
"""

from datetime import date
from itertools import pairwise

import ibis
from ibis import _

from churn_mlops.config import Events
from churn_mlops.features.events.dates import EPOCH
from churn_mlops.features.events.lines import UNIT


def known_at(days: ibis.Table, day: int, events: Events) -> ibis.Table:
    """Sums of each active customer over what was known on a day: `(day - window, day]`, and all that was before.

    Active is who had an event in the last `active_days` and, where kinds of events mean leaving, none of them since.
    """
    known = days.filter(_.day <= day)
    happened = known.events > 0
    sums = {
        "first": known.day.min(where=happened),
        "last": known.day.max(where=happened),
        "left_on": known.day.max(where=known.left > 0),
        "gaps": known.gap.count(),
        "gap_sum": _total(known.gap),
        "gap_squares": _total(known.gap * known.gap),
    }
    sums |= {f"{name}_all": _total(known[name]) for name in _added(days)}
    for window in events.windows:
        within = known.day > day - window
        sums |= {f"{name}_{window}d": _total(within.ifelse(known[name], 0)) for name in _added(days)}
    active = known.group_by("customer_id").aggregate(**sums).filter(_.last > day - events.active_days)
    return active.filter(_.left_on.isnull() | (_.left_on < _.last))


def features_at(days: ibis.Table, day: int, events: Events) -> ibis.Table:
    """The features of each customer who is active on a day: `customer_id`, and all that `units_of` names.

    Numbers are float64; what nothing is known about is missing, what has not happened is zero.
    """
    known = known_at(days, day, events)
    features = {
        "days_since_last_event": day - known.last,
        "tenure_days": day - known["first"],
        **_frequencies(known, days, events),
        **_shares(known, events),
        **_gaps(known, day),
        **_baskets(known, events),
        **_cancellations(known, events),
        "month_of_year": ibis.literal(date.fromordinal(EPOCH + day).month),
    }
    return known.select("customer_id", **{name: value.cast("float64") for name, value in features.items()})


def _frequencies(known: ibis.Table, days: ibis.Table, events: Events) -> dict:
    """How many events and how much value, by window and since the beginning."""
    spans = [f"{window}d" for window in events.windows] + ["all"]
    found = {f"events_{span}": known[f"events_{span}"] for span in spans}
    if events.amount or events.price:
        found |= {f"value_{span}": _money(known[f"value_{span}"]) for span in spans}
    for number, kind in enumerate(events.counted_kinds):
        found |= {f"{kind}_{span}": known[f"kind_{number}_{span}"] for span in spans}
    return found


def _shares(known: ibis.Table, events: Events) -> dict:
    """Trend: which share of a longer window's events and value fell into the shorter one."""
    names = ("events", "value") if events.amount or events.price else ("events",)
    return {
        f"{name}_{short}d_of_{long}d": _ratio(known[f"{name}_{short}d"], known[f"{name}_{long}d"])
        for name in names
        for short, long in pairwise(events.windows)
    }


def _gaps(known: ibis.Table, day: int) -> dict:
    """Days between days with events, and how long the customer has been silent compared with that."""
    mean = _ratio(known.gap_sum, known.gaps)
    spread = known.gap_squares.cast("float64") - mean * known.gap_sum
    variance = _ratio(spread, (known.gaps > 1).ifelse(known.gaps - 1, 0))
    return {
        "gap_days_mean": mean,
        "gap_days_sd": (variance > 0).ifelse(variance, variance * 0).sqrt(),
        "silence_in_gaps": _ratio(day - known.last, mean),
    }


def _baskets(known: ibis.Table, events: Events) -> dict:
    """What an event is like: its value, lines and pieces, and how much of it is new to the customer."""
    span, found = f"{events.windows[-1]}d", {}
    happened = known[f"events_{span}"]
    if events.amount or events.price:
        found["value_per_event"] = _ratio(_money(known[f"value_{span}"]), happened)
    if events.order:
        found["lines_per_event"] = _ratio(known[f"lines_{span}"], happened)
    if events.quantity:
        found["pieces_per_line"] = _ratio(known[f"pieces_{span}"], known[f"lines_{span}"])
    if events.item:
        found["items_all"] = known.new_items_all
        found["new_items_share"] = _ratio(known[f"new_items_{span}"], known[f"lines_{span}"])
    return found


def _cancellations(known: ibis.Table, events: Events) -> dict:
    """What was taken back, in the longest window: how often, and which share of events and value."""
    if not (events.cancelled_prefix or events.cancelled_kinds or events.cancelled_negative):
        return {}
    span = f"{events.windows[-1]}d"
    count, happened = known[f"cancellations_{span}"], known[f"events_{span}"]
    found = {f"cancellations_{span}": count, "cancelled_share": _ratio(count, count + happened)}
    if events.amount or events.price:
        taken, kept = known[f"cancelled_value_{span}"], known[f"value_{span}"]
        found["cancelled_value_share"] = _ratio(taken, kept + taken)
    return found


def happens_within(days: ibis.Table, day: int, horizon_days: int) -> ibis.Table:
    """Who did something in `(day, day + horizon]`: one row a customer with how many `events` and leavings, `left`."""
    later = days.filter(_.day > day, _.day <= day + horizon_days)
    return later.group_by("customer_id").aggregate(events=_total(later.events), left=_total(later.left))


def labels_at(days: ibis.Table, day: int, horizon_days: int, events: Events) -> ibis.Table:
    """Whether each customer who is active on a day leaves within the horizon: `customer_id` and `churned`, 0 or 1."""
    active = known_at(days, day, events).select("customer_id")
    later = happens_within(days, day, horizon_days)
    joined = active.left_join(later, "customer_id")
    gone = joined.left.fill_null(0) > 0 if events.churn_kinds else joined.events.fill_null(0) == 0
    return joined.select("customer_id", churned=gone.ifelse(1, 0).cast("int8"))


def _added(days: ibis.Table) -> list[str]:
    """The columns of `customer_days` that windows add up."""
    return [name for name in days.columns if name not in ("customer_id", "day", "gap", "left")]


def _total(column):
    return column.sum().cast("int64")


def _money(column):
    return column.cast("float64") / UNIT


def _ratio(part, whole):
    """A share or a mean; missing where there is nothing to divide by, or less than nothing."""
    return part.cast("float64") / (whole > 0).ifelse(whole.cast("float64"), ibis.null("float64"))
