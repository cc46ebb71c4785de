"""The features of a log as one would compute them by hand, event by event: slow, and without SQL."""

from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, nan
from statistics import mean, stdev

import pandas as pd

from churn_mlops.config import Dataset, Definition, Events, Money

DAY = timedelta(days=1)
DATASET = Dataset("log", "log.csv", id="who", snapshot_date="snapshot_date", horizon_days=20)
SHOP = Definition(
    DATASET,
    Money(100, 5, 0.2, "GBP"),
    events=Events(
        "at",
        order="invoice",
        quantity="pieces",
        price="price",
        item="item",
        cancelled_prefix="C",
        cancelled_negative=True,
        windows=(3, 10, 40),
        first="2024-03-01",
        every="9 days",
        last="2024-03-28",
        active_days=15,
    ),
)
SERVICE = Definition(
    DATASET,
    Money(100, 5, 0.2),
    events=Events(
        "at",
        amount="amount",
        kind="kind",
        cancelled_kinds=("refund",),
        churn_kinds=("goodbye",),
        counted_kinds=("call", "visit"),
        windows=(5, 30),
        first="2024-03-01",
        every="9 days",
        last="2024-03-28",
        active_days=25,
    ),
)
COLUMNS = ("who", "at", "invoice", "item", "pieces", "price", "kind", "amount")


def log(*rows) -> pd.DataFrame:
    """A log of rows in the order of COLUMNS; what a row leaves out is missing."""
    frame = pd.DataFrame([dict(zip(COLUMNS, row, strict=False)) for row in rows], columns=COLUMNS)
    texts, numbers = ("who", "invoice", "item", "kind"), ("pieces", "price", "amount")
    types = dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "float64") | {"at": "datetime64[us]"}
    return frame.astype(types)


def described(definition: Definition, row) -> dict:
    """An event with its meaning, in words of this file."""
    events = definition.events
    if events.amount:
        value, back, left = row.amount, row.kind in events.cancelled_kinds, row.kind in events.churn_kinds
    else:
        value, left = row.pieces * row.price, False
        back = str(row.invoice).startswith("C") or row.pieces < 0
    value = 0.0 if pd.isna(value) else value
    return {"row": row, "at": row.at, "day": last_midnight(row.at), "value": value, "back": back, "left": left}


def last_midnight(at: datetime) -> int:
    """The first midnight, in days since 1970, at which an event is known."""
    return ceil((at - pd.Timestamp("1970-01-01")) / DAY)


def expected(definition: Definition, frame: pd.DataFrame, snapshot: datetime) -> dict[str, dict]:
    """The features of each active customer at a snapshot."""
    rows = [described(definition, row) for row in frame.itertuples() if pd.notna(row.who)]
    by_customer = {}
    for event in rows:
        if event["at"] <= snapshot:
            by_customer.setdefault(event["row"].who, []).append(event)
    found = {who: customer(definition, events, snapshot) for who, events in by_customer.items()}
    return {who: features for who, features in found.items() if features}


def customer(definition: Definition, known: list[dict], snapshot: datetime) -> dict | None:
    """The features of one customer, or None for one who is not active."""
    settings, today = definition.events, last_midnight(snapshot)
    came = [event for event in known if not event["back"] and not event["left"]]
    if not came or max(event["at"] for event in came) <= snapshot - settings.active_days * DAY:
        return None
    days = sorted({event["day"] for event in came})
    left = [event["day"] for event in known if event["left"]]
    if left and max(left) >= days[-1]:
        return None
    spans = {f"{w}d": [e for e in known if e["at"] > snapshot - w * DAY] for w in settings.windows} | {"all": known}
    features = {"days_since_last_event": today - days[-1], "tenure_days": today - days[0]}
    for span, events in spans.items():
        features[f"events_{span}"] = len(orders(settings, events, back=False))
        features[f"value_{span}"] = sum(e["value"] for e in events if not e["back"] and not e["left"])
        for kind in settings.counted_kinds:
            features[f"{kind}_{span}"] = sum(e["row"].kind == kind for e in events)
    for short, long in pairwise(settings.windows):
        for what in ("events", "value"):
            ratio = share(features[f"{what}_{short}d"], features[f"{what}_{long}d"])
            features[f"{what}_{short}d_of_{long}d"] = ratio
    gaps = [later - earlier for earlier, later in pairwise(days)]
    features["gap_days_mean"] = mean(gaps) if gaps else nan
    features["gap_days_sd"] = stdev(gaps) if len(gaps) > 1 else nan
    features["silence_in_gaps"] = share(today - days[-1], features["gap_days_mean"])
    features["month_of_year"] = snapshot.month
    return features | longest(definition, known, spans, features)


def longest(definition: Definition, known: list[dict], spans: dict, features: dict) -> dict:
    """What the longest window tells about orders and cancellations."""
    span = f"{definition.events.windows[-1]}d"
    came = [event for event in spans[span] if not event["back"] and not event["left"]]
    taken, back = orders(definition.events, spans[span], back=True), [event for event in spans[span] if event["back"]]
    events, value = features[f"events_{span}"], features[f"value_{span}"]
    lost = sum(abs(event["value"]) for event in back)
    found = {
        "value_per_event": share(value, events),
        f"cancellations_{span}": len(taken),
        "cancelled_share": share(len(taken), len(taken) + events),
        "cancelled_value_share": share(lost, lost + value),
    }
    if definition.events.order:
        first = {}
        for event in sorted(known, key=lambda event: event["at"]):
            if not event["back"]:
                first.setdefault(event["row"].item, event["day"])
        oldest = last_midnight(datetime(2024, 1, 1)) if not spans[span] else min(e["day"] for e in spans[span])
        found["lines_per_event"] = share(len(came), events)
        found["pieces_per_line"] = share(sum(event["row"].pieces for event in came), len(came))
        found["items_all"] = len(first)
        found["new_items_share"] = share(sum(day >= oldest for day in first.values()), len(came))
    return found


def orders(settings: Events, events: list[dict], back: bool) -> set:
    """Orders with a line that is, or is not, taken back; each line is one where nothing groups them."""
    some = [event for event in events if event["back"] == back and not event["left"]]
    return {(event["day"], event["row"].invoice if settings.order else event["row"].Index) for event in some}


def share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else nan


def leaves(definition: Definition, frame: pd.DataFrame, who: str, snapshot: datetime) -> bool:
    """Whether a customer leaves within the horizon after a snapshot."""
    until = snapshot + definition.dataset.horizon_days * DAY
    later = [described(definition, row) for row in frame.itertuples() if row.who == who and snapshot < row.at <= until]
    if definition.events.churn_kinds:
        return any(event["left"] for event in later)
    return not any(not event["back"] for event in later)
