"""Lines added up by customer and day: what every window is a sum of, and far fewer rows than lines."""

import ibis
from ibis import _

DAY = ("customer_id", "day")


def customer_days(lines: ibis.Table) -> ibis.Table:
    """One row for each customer and day with a line, all of it sums, and the gap to the day of the event before.

    Columns: `events`, `lines`, `value`, `pieces`, `cancellations`, `cancelled_value`, `left`, `new_items` (bought for
    the first time), `kind_0`..., and `gap` (days since the event before; missing where there is none).
    """
    orders = _by_order(lines) if "order" in lines.columns else lines.select(**_sums(lines), **_keys(lines, *DAY))
    days = orders.group_by(DAY).aggregate(
        events=_count(orders.lines > 0),
        cancellations=_count(orders.cancelled_lines > 0),
        **{name: _total(orders[name]) for name in orders.columns if name not in (*DAY, "order", "cancelled_lines")},
    )
    return with_gaps(_with_new_items(days, lines))


def _by_order(lines: ibis.Table) -> ibis.Table:
    """One row for each customer, day and order; an order of two days counts on both, each with its own lines."""
    by_order = lines.mutate(**_sums(lines)).group_by(*DAY, "order")
    return by_order.aggregate(**{name: _total(_[name]) for name in _sums(lines)})


def _sums(lines: ibis.Table) -> dict:
    """What is added up, as whole numbers of each line."""
    sums = {
        "lines": lines.bought.ifelse(1, 0),
        "value": lines.bought.ifelse(lines.value, 0),
        "cancelled_lines": lines.taken_back.ifelse(1, 0),
        "cancelled_value": lines.taken_back.ifelse(lines.value.abs(), 0),
        "left": lines.left.ifelse(1, 0),
    }
    if "pieces" in lines.columns:
        sums["pieces"] = lines.bought.ifelse(lines.pieces, 0)
    return sums | {name: lines[name].ifelse(1, 0) for name in lines.columns if name.startswith("kind_")}


def _keys(table: ibis.Table, *names: str) -> dict:
    return {name: table[name] for name in names}


def _with_new_items(days: ibis.Table, lines: ibis.Table) -> ibis.Table:
    """With how many items the customer bought that day for the first time; over all days: how many different ones."""
    if "item" not in lines.columns:
        return days
    bought = lines.filter(lines.bought, lines.item.notnull())
    first = bought.group_by("customer_id", "item").aggregate(day=_.day.min())
    new = first.group_by(DAY).aggregate(new_items=_.count())
    joined = days.left_join(new, DAY)
    return joined.select(*days.columns, new_items=joined.new_items.fill_null(0).cast("int64"))


def with_gaps(days: ibis.Table) -> ibis.Table:
    """With the days since the customer's event before; a day that holds cancellations only has no gap."""
    before = ibis.window(group_by="customer_id", order_by="day", preceding=(None, 1))
    day = (days.events > 0).ifelse(days.day, ibis.null("int64"))
    return days.mutate(gap=day - day.max().over(before))


def _count(condition):
    return _total(condition.ifelse(1, 0))


def _total(column):
    """A sum that is 64 bits wide on every engine."""
    return column.sum().cast("int64")
