"""The lines of a log with the meaning that its definition gives them: whose, which day, worth what, taken back or not.

Days are whole numbers since 1970, so that windows are differences on every engine. A day ends at midnight and
includes it: the snapshot of 1 March knows what happened at 00:00 of it and nothing after.
"""

import ibis

from churn_mlops.config import Definition
from churn_mlops.data.events import among, of_customers, roles, value

UNIT = 10_000  # values count in ten-thousandths: sums of whole numbers do not depend on the order of rows
NAMED = ("order", "item")


def as_lines(table: ibis.Table, definition: Definition) -> ibis.Table:
    """One row for each line that has a customer and a time.

    Columns: `customer_id`, `day`, `value` (ten-thousandths), `bought` (neither taken back nor a leaving), `taken_back`,
    `left`, `order`, `item` and `pieces` where the log has them, and `kind_0`... for the kinds that are counted.
    """
    events, table = definition.events, of_customers(table, definition)
    columns = roles(table, definition)
    columns["day"] = day_of(columns.pop("moment"))
    amount = (value(table, events) * UNIT + 0.5).floor().cast("int64")
    columns["value"] = amount.fill_null(0)
    columns |= {name: table[getattr(events, name)].cast("string") for name in NAMED if getattr(events, name)}
    if events.quantity:
        columns["pieces"] = table[events.quantity].cast("float64").round().cast("int64").fill_null(0)
    for number, kind in enumerate(events.counted_kinds):
        columns[f"kind_{number}"] = among(table, events.kind, (kind,))
    return table.select(**columns)


def day_of(moment):
    """The day at whose end, its midnight, a moment is known: 1 March 00:00 belongs to 1 March, 00:01 to 2 March."""
    day = moment.date()
    number = day.delta(ibis.date(1970, 1, 1), unit="day").cast("int64")
    return number + (moment > day.cast("timestamp")).ifelse(1, 0)
