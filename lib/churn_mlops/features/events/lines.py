"""The lines of a log with the meaning that its definition gives them: whose, which day, worth what, taken back or not.

Days are whole numbers since 1970, so that windows are differences on every engine. A day ends at midnight and
includes it: the snapshot of 1 March knows what happened at 00:00 of it and nothing after.
"""

import ibis

from churn_mlops.config import Definition

UNIT = 10_000  # values count in ten-thousandths: sums of whole numbers do not depend on the order of rows


def as_lines(table: ibis.Table, definition: Definition) -> ibis.Table:
    """One row for each line that has a customer and a time.

    Columns: `customer_id`, `day`, `value` (ten-thousandths), `bought` (neither taken back nor a leaving), `taken_back`,
    `left`, `order`, `item` and `pieces` where the log has them, and `kind_0`... for the kinds that are counted.
    """
    events = definition.events
    table = table.filter(table[definition.dataset.id].notnull(), table[events.time].notnull())
    taken_back, left = _taken_back(table, events), _among(table, events.kind, events.churn_kinds)
    columns = {
        "customer_id": table[definition.dataset.id].cast("string"),
        "day": day_of(table[events.time].cast("timestamp")),
        "value": _value(table, events),
        "bought": ~(taken_back | left),
        "taken_back": taken_back,
        "left": left,
    }
    columns |= {
        name: table[getattr(events, name)].cast("string") for name in ("order", "item") if getattr(events, name)
    }
    if events.quantity:
        columns["pieces"] = table[events.quantity].cast("float64").round().cast("int64").fill_null(0)
    for number, kind in enumerate(events.counted_kinds):
        columns[f"kind_{number}"] = _among(table, events.kind, (kind,))
    return table.select(**columns)


def day_of(moment):
    """The day at whose end, its midnight, a moment is known: 1 March 00:00 belongs to 1 March, 00:01 to 2 March."""
    day = moment.date()
    number = day.delta(ibis.date(1970, 1, 1), unit="day").cast("int64")
    return number + (moment > day.cast("timestamp")).ifelse(1, 0)


def _value(table: ibis.Table, events):
    """What a line is worth, in ten-thousandths; nothing where that is not known or not defined."""
    if events.amount:
        value = table[events.amount].cast("float64")
    elif events.price:
        value = table[events.quantity].cast("float64") * table[events.price].cast("float64")
    else:
        return ibis.literal(0, "int64")
    return (value * UNIT + 0.5).floor().cast("int64").fill_null(0)


def _taken_back(table: ibis.Table, events):
    """Whether a line takes an earlier one back, by any of the definition's three signs."""
    taken_back = _among(table, events.kind, events.cancelled_kinds)
    if events.cancelled_prefix:
        taken_back |= table[events.order].cast("string").startswith(events.cancelled_prefix).fill_null(False)
    if events.cancelled_negative:
        taken_back |= (table[events.quantity or events.amount].cast("float64") < 0).fill_null(False)
    return taken_back


def _among(table: ibis.Table, column: str, values: tuple[str, ...]):
    return table[column].cast("string").isin(values).fill_null(False) if values else ibis.literal(False)
