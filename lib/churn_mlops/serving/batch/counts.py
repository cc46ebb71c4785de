"""What of the rows training has not seen: categories, and numbers outside the range. They are scored all the same."""

from churn_mlops.features.signature import Signature

UNSEEN, BEYOND = "unseen category in ", "outside the range seen in "  # names of counts, before the column's


def unseen(rows, signature: Signature) -> dict[str, int]:
    """How many values of each category column, of a RecordBatch, are none that training has seen."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = {}
    for column in signature.columns:
        if column.kind == "category":
            values = rows.column(column.name)
            known = pc.is_in(values, pa.array(column.categories, values.type))
            found[UNSEEN + column.name] = len(values) - values.null_count - pc.sum(known).as_py()
    return {name: count for name, count in found.items() if count}


def beyond(rows, signature: Signature) -> dict[str, int]:
    """How many numbers of each column are below or above all that training has seen."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = {}
    for column in signature.columns:
        if column.low is None or not pa.types.is_floating(rows.column(column.name).type):
            continue
        values = rows.column(column.name)
        span = pc.min_max(values)
        if not span["min"].is_valid or (span["min"].as_py() >= column.low and span["max"].as_py() <= column.high):
            continue
        outside = pc.or_(pc.less(values, column.low), pc.greater(values, column.high))
        found[BEYOND + column.name] = pc.sum(outside).as_py()
    return found


def of_kind(counts: dict, kind: str) -> dict[str, int]:
    """The counts of one kind by column, most first."""
    found = {name.removeprefix(kind): count for name, count in counts.items() if name.startswith(kind)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
