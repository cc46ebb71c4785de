"""What changed between two Parquet files of one table: columns and rows, compared in the database, never in memory.

Rows are paired by their key where it is one on both sides, and otherwise counted by their content: a changed row is
then one that went and one that came.
"""

import contextlib
import tempfile
from functools import reduce
from operator import or_
from pathlib import Path

EXAMPLES = 3  # rows shown of each kind


@contextlib.contextmanager
def database():
    """DuckDB behind Ibis, which spills to a folder of its own what does not fit into memory."""
    import ibis

    with tempfile.TemporaryDirectory(prefix="churn-diff-", ignore_cleanup_errors=True) as scratch:
        con = ibis.duckdb.connect(temp_directory=scratch, preserve_insertion_order=False)
        try:
            yield con
        finally:
            con.disconnect()


def compare_tables(a, b, key: tuple[str, ...]) -> dict:
    """What differs between two Ibis tables; `key` are the names of the columns that may tell one row from another."""
    columns = compare_columns(a, b)
    common = [name for name in a.columns if name in b.columns and a[name].type() == b[name].type()]
    key = [name for name in key if name in common]
    by = key if key and _is_key(a, key) and _is_key(b, key) else []
    if not common:
        rows, changed, examples = {"added": _count(b), "removed": _count(a), "changed": 0}, {}, {}
    elif by:
        rows, changed, examples = _by_key(a, b, by, [name for name in common if name not in by])
    else:
        rows, changed, examples = _by_content(a, b, common)
    return {"columns": columns, "by": by, "rows": rows, "changed_columns": changed, "examples": examples}


def compare_columns(a, b) -> dict:
    """Columns added, removed and retyped, by name; whether those on both sides stand in another order."""
    before, now = dict(a.schema().items()), dict(b.schema().items())
    both = [name for name in before if name in now]
    return {
        "added": [{"name": name, "type": _type(now[name])} for name in now if name not in before],
        "removed": [{"name": name, "type": _type(before[name])} for name in before if name not in now],
        "retyped": [
            {"name": name, "a": _type(before[name]), "b": _type(now[name])}
            for name in both
            if _type(before[name]) != _type(now[name])
        ],
        "reordered": both != [name for name in now if name in before],
    }


def _type(kind) -> str:
    return str(kind).removeprefix("!")


def _count(table) -> int:
    return int(table.count().to_pyarrow().as_py())


def _is_key(table, key: list[str]) -> bool:
    """Whether every row has one, and no two the same."""
    rows = _count(table)
    whole = table.select(key).drop_null()
    return _count(whole) == rows and _count(whole.distinct()) == rows


def _by_key(a, b, key: list[str], others: list[str]):
    """Rows added, removed and changed; how many values of each column changed; examples."""
    import ibis

    names = [*key, *others]
    left = a.select(**{f"a{n}": a[name] for n, name in enumerate(names)}, in_a=ibis.literal(True))
    right = b.select(**{f"b{n}": b[name] for n, name in enumerate(names)}, in_b=ibis.literal(True))
    both = left.outer_join(right, [left[f"a{n}"] == right[f"b{n}"] for n in range(len(key))])
    came, went = both.in_a.isnull(), both.in_b.isnull()
    paired = ~came & ~went
    differs = {
        name: paired & ~both[f"a{n}"].identical_to(both[f"b{n}"]) for n, name in enumerate(names) if n >= len(key)
    }
    changed = reduce(or_, differs.values(), ibis.literal(False))
    sums = {"added": came, "removed": went, "changed": changed}
    sums |= {f"c{n}": flag for n, flag in enumerate(differs.values())}
    found = _one(both.aggregate(**{name: flag.sum() for name, flag in sums.items()}))
    rows = {name: int(found[name] or 0) for name in ("added", "removed", "changed")}
    counts = {name: int(found[f"c{n}"] or 0) for n, name in enumerate(differs)}
    examples = {
        "added": _keys(both.filter(came), "b", key) if rows["added"] else [],
        "removed": _keys(both.filter(went), "a", key) if rows["removed"] else [],
        "changed": _changes(both.filter(changed), names, len(key)) if rows["changed"] else [],
    }
    return rows, {name: count for name, count in counts.items() if count}, examples


def _keys(table, side: str, key: list[str]) -> list[dict]:
    """The first keys, in order."""
    columns = [f"{side}{n}" for n in range(len(key))]
    rows = table.select(columns).order_by(columns).limit(EXAMPLES).to_pyarrow().to_pylist()
    return [{name: plain(row[column]) for name, column in zip(key, columns, strict=True)} for row in rows]


def _changes(table, names: list[str], keys: int) -> list[dict]:
    """The first changed rows: their key, and the values before and now where these differ."""
    rows = table.order_by([f"a{n}" for n in range(keys)]).limit(EXAMPLES).to_pyarrow().to_pylist()
    found = []
    for row in rows:
        pairs = {name: [plain(row[f"a{n}"]), plain(row[f"b{n}"])] for n, name in enumerate(names)}
        own = {name: pair[0] for name, pair in list(pairs.items())[:keys]}
        found.append({"key": own, "values": {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}})
    return found


def _by_content(a, b, names: list[str]):
    """Rows that are there more often on one side, whatever their order; a 64-bit digest stands for a row."""
    import ibis

    sides = [t.select(names).mutate(digest_=ibis.struct({n: t[n] for n in names}).hash()) for t in (a, b)]
    signed = [side.select("digest_", side_=ibis.literal(sign)) for side, sign in zip(sides, (1, -1), strict=True)]
    more = ibis.union(*signed, distinct=False).group_by("digest_").aggregate(more_=ibis._.side_.sum())
    found = _one(
        more.aggregate(removed=more.more_.sum(where=more.more_ > 0), added=-more.more_.sum(where=more.more_ < 0))
    )
    rows = {"added": int(found["added"] or 0), "removed": int(found["removed"] or 0), "changed": 0}
    examples = {
        "added": _rows(sides[1].semi_join(more.filter(more.more_ < 0), "digest_"), names) if rows["added"] else [],
        "removed": _rows(sides[0].semi_join(more.filter(more.more_ > 0), "digest_"), names) if rows["removed"] else [],
        "changed": [],
    }
    return rows, {}, examples


def _rows(table, names: list[str]) -> list[dict]:
    """The first rows, each once."""
    rows = table.select(names).order_by(names).limit(10 * EXAMPLES).to_pyarrow().to_pylist()
    told = [{name: plain(value) for name, value in row.items()} for row in rows]
    return [row for n, row in enumerate(told) if row not in told[:n]][:EXAMPLES]


def spans(a, b) -> list[dict]:
    """First and last day of each date column on both sides, where they differ."""
    names = [name for name in a.columns if name in b.columns and a[name].type().is_temporal()]
    found = []
    for name in (name for name in names if a[name].type() == b[name].type()):
        sides = [_one(side.aggregate(low=side[name].min(), high=side[name].max())) for side in (a, b)]
        low_high = [[plain(side["low"]), plain(side["high"])] for side in sides]
        if low_high[0] != low_high[1]:
            found.append({"column": name, "a": low_high[0], "b": low_high[1]})
    return found


def _one(table) -> dict:
    return table.to_pyarrow().to_pylist()[0]


def plain(value):
    """A value as JSON and a reader take it: days without a midnight, no NaN, no bytes."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat().removesuffix("T00:00:00")
    with contextlib.suppress(TypeError, ValueError):
        number = float(value)
        return number if abs(number) < float("inf") else str(number)
    return str(value)


def read(con, path: Path, **options):
    """A Parquet file as an Ibis table."""
    return con.read_parquet(str(path), **options)
