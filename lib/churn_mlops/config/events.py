"""The events of a business, one row each: which columns mean what, and when snapshots are taken of them."""

from dataclasses import dataclass, fields
from datetime import date

MISSING_ID, DUPLICATES = ("set aside", "refuse"), ("set aside", "keep")
COLUMNS = ("time", "amount", "quantity", "price", "order", "item", "kind")  # keys of [events] that name a column
OWN = ("events", "value", "cancellations", "items")  # what features are called already


@dataclass(frozen=True)
class Events:
    """What the columns of an event log mean, which windows are looked at, and at which moments."""

    time: str  # column with the moment of the event
    amount: str = ""  # column with its value; or ...
    quantity: str = ""  # ... column with a number of pieces, and
    price: str = ""  # the column with what one costs: the value is their product
    order: str = ""  # column that groups lines into one order; empty: each row is one
    item: str = ""  # column that names what was bought
    kind: str = ""  # column that names the kind of event
    cancelled_prefix: str = ""  # an order whose name begins like this takes an earlier one back
    cancelled_kinds: tuple[str, ...] = ()  # so does an event of one of these kinds,
    cancelled_negative: bool = False  # and one with a negative quantity or amount
    churn_kinds: tuple[str, ...] = ()  # kinds that mean leaving; empty: no event within the horizon does
    counted_kinds: tuple[str, ...] = ()  # kinds that are counted on their own
    missing_id: str = "set aside"  # rows without a customer: expected and set aside, or reasons to "refuse" the table
    duplicates: str = "set aside"  # rows that stand there already: set aside, or "keep"
    windows: tuple[int, ...] = (7, 30, 90, 365)  # days before the snapshot that are looked at
    first: str = ""  # first snapshot, YYYY-MM-DD; empty: the longest window after the first event, next month's first
    every: str = "month"  # until the next: "month", or a number of days like "14 days"
    last: str = ""  # no snapshot after this day; empty: until the newest event
    active_days: int = 180  # who has had an event in the so many days before a snapshot enters it

    @property
    def every_days(self) -> int:
        """Days from one snapshot to the next; 0: the same day of the next month, -1: what cannot be read."""
        count, _, unit = self.every.partition(" ")
        days = unit in ("day", "days") and count.isascii() and count.isdecimal() and int(count)
        return 0 if self.every == "month" else days or -1


def implausible_events(events: Events, dataset) -> list[str]:
    """Every value of the section that cannot be right, with what was expected."""
    return [f"[events] {problem}" for problem in (*_columns(events, dataset), *_moments(events))]


def _columns(events: Events, dataset) -> list[str]:
    value = events.amount or (events.quantity and events.price)
    kinds = events.cancelled_kinds or events.churn_kinds or events.counted_kinds
    roles = [name for name in (dataset.id, *(getattr(events, key) for key in COLUMNS)) if name]
    made = dataset.snapshot_date in roles
    rules = (
        (bool(events.time), "`time` is empty; expected the name of a column"),
        (not (events.amount and events.price), "`amount` and `price` are both there; expected one of them"),
        (not events.price or value, "`price` needs a `quantity` to be multiplied with"),
        (not kinds or events.kind, "names kinds, but no column `kind` that holds them"),
        (not set(OWN) & set(events.counted_kinds), f"`counted_kinds` may not be called {' or '.join(OWN)}"),
        (not events.cancelled_prefix or events.order, "`cancelled_prefix` needs the column `order`"),
        (not events.cancelled_negative or events.amount or events.quantity, _NEGATIVE),
        (len(roles) == len(set(roles)), f"gives one column two meanings: {', '.join(sorted(roles))}"),
        (not made, f"a column is called `{dataset.snapshot_date}`; set [dataset] snapshot_date to another name"),
        (not set(roles) & set(dataset.drop), "needs a column that [dataset] `drop` names"),
        (not dataset.target and not dataset.positive, "makes the label; leave `target` and `positive` out"),
    )
    return [problem for fits, problem in rules if not fits]


_NEGATIVE = "`cancelled_negative` needs the column `amount` or `quantity`"


def _moments(events: Events) -> list[str]:
    wanted = "expected a day like 2024-01-31"
    ordered = not (_is_day(events.first) and _is_day(events.last) and events.first > events.last)
    windows = events.windows
    rules = (
        (not events.first or _is_day(events.first), f"`first` is {events.first!r}; {wanted}"),
        (not events.last or _is_day(events.last), f"`last` is {events.last!r}; {wanted}"),
        (ordered, f"`first` is {events.first!r}, after `last`, {events.last!r}"),
        (
            events.every_days >= 0,
            f"`every` is {events.every!r}; expected 'month', or like '14 days'",
        ),
        (events.active_days >= 1, f"`active_days` is {events.active_days!r}; expected 1 or more"),
        (windows and min(windows) >= 1, f"`windows` is {list(windows)!r}; expected days, 1 or more each"),
        (
            list(windows) == sorted(set(windows)),
            f"`windows` is {list(windows)!r}; expected from short to long",
        ),
        (events.missing_id in MISSING_ID, f"`missing_id` is {events.missing_id!r}; expected one of {MISSING_ID}"),
        (events.duplicates in DUPLICATES, f"`duplicates` is {events.duplicates!r}; expected one of {DUPLICATES}"),
    )
    return [problem for fits, problem in rules if not fits]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def named_columns(events: Events) -> list[str]:
    """The columns of the log that the section names."""
    return [name for name in (getattr(events, f.name) for f in fields(events) if f.name in COLUMNS) if name]
