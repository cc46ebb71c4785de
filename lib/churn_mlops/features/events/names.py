"""The features of a log of events by name, each with its unit."""

from itertools import pairwise

from churn_mlops.config import Definition


def units_of(definition: Definition) -> dict[str, str]:
    """The unit of each feature that the definition makes, in the features' order."""
    events, currency = definition.events, definition.money.currency
    spans = [f"{window}d" for window in events.windows] + ["all"]
    valued = bool(events.amount or events.price)
    units = {"days_since_last_event": "days", "tenure_days": "days"}
    units |= {f"events_{span}": "events" for span in spans}
    units |= {f"value_{span}": currency for span in spans if valued}
    units |= {f"{kind}_{span}": "events" for kind in events.counted_kinds for span in spans}
    units |= _trends(events.windows, ("events", "value") if valued else ("events",))
    units |= {"gap_days_mean": "days", "gap_days_sd": "days", "silence_in_gaps": "multiples of the mean gap"}
    units |= _baskets(events, currency if valued else "")
    units |= _cancellations(events, valued)
    return units | {"month_of_year": "1 to 12"}


def _trends(windows: tuple[int, ...], names: tuple[str, ...]) -> dict[str, str]:
    return {
        f"{name}_{short}d_of_{long}d": f"share of {long} days" for name in names for short, long in pairwise(windows)
    }


def _baskets(events, currency: str) -> dict[str, str]:
    units = {
        "value_per_event": f"{currency} an event" if currency else "",
        "lines_per_event": "lines" if events.order else "",
        "pieces_per_line": "pieces" if events.quantity else "",
        "items_all": "different items" if events.item else "",
        "new_items_share": "share of lines" if events.item else "",
    }
    return {name: unit for name, unit in units.items() if unit}


def _cancellations(events, valued: bool) -> dict[str, str]:
    if not (events.cancelled_prefix or events.cancelled_kinds or events.cancelled_negative):
        return {}
    units = {f"cancellations_{events.windows[-1]}d": "cancellations", "cancelled_share": "share of events"}
    return units | ({"cancelled_value_share": "share of value"} if valued else {})
