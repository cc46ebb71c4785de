"""What is in the tables, counted by DuckDB over their files: for readers, nothing is decided here."""

EXACT_ROWS = 1_000_000  # above this, distinct values are estimated (HyperLogLog, about 2% off)
FEW = 1000  # distinct texts above which the commonest of a large table is not looked for
_KINDS = {"float64": "number", "string": "category", "boolean": "boolean", "timestamp(6)": "date"}


def profile_tables(tables: dict):
    """One row a column: kind, share missing, distinct values, and the range or the commonest value."""
    import pandas as pd

    return pd.DataFrame([row for name, table in tables.items() for row in _profile(name, table)])


def _profile(name: str, table) -> list[dict]:
    rows = table.count().to_pyarrow().as_py()
    facts = {
        f"{place}_{fact}": value
        for place, column in enumerate(table.columns)
        for fact, value in _facts(table[column], rows <= EXACT_ROWS).items()
    }
    found = table.aggregate(**facts).to_pyarrow().to_pylist()[0]
    seen = [{} for _ in table.columns]
    for key, value in found.items():
        place, _, fact = key.partition("_")
        seen[int(place)][fact] = value
    return [_row(name, table, column, rows, own) for column, own in zip(table.columns, seen, strict=True)]


def _facts(values, exact: bool) -> dict:
    """What to count of a column. In a large table distinct values are estimated, and only of texts and truths."""
    facts = {"filled": values.count()}
    if _is_ordered(values.type()):
        facts |= {"low": values.min(), "high": values.max()}
        return facts | ({"distinct": values.nunique()} if exact else {})
    return facts | {"distinct": values.nunique() if exact else values.approx_nunique()}


def _is_ordered(kind) -> bool:
    return kind.is_numeric() or kind.is_timestamp() or kind.is_date()


def _row(name: str, table, column: str, rows: int, seen: dict) -> dict:
    exact, kind, distinct = rows <= EXACT_ROWS, str(table[column].type()), seen.get("distinct")
    if not exact:
        distinct = "" if distinct is None else f"about {float(f'{distinct:.2g}'):,.0f}" if distinct > 100 else distinct
    return {
        "table": name,
        "column": column,
        "kind": _KINDS.get(kind, kind),
        "missing": round(1 - seen["filled"] / max(rows, 1), 4),
        "distinct": distinct,
        "values": _told(table, column, seen, exact) if seen["filled"] else "nothing",
    }


def _told(table, column: str, seen: dict, exact: bool) -> str:
    """The range of numbers and dates, the commonest of texts and truths."""
    kind, filled = table[column].type(), seen["filled"]
    if kind.is_numeric():
        return f"{seen['low']:,.6g} to {seen['high']:,.6g}"
    if _is_ordered(kind):
        return f"{seen['low']:%Y-%m-%d} to {seen['high']:%Y-%m-%d}"
    if exact and seen["distinct"] == filled and filled > 1:
        return "all different"
    if not exact and seen["distinct"] > FEW:
        return "many different"
    value, count = _commonest(table, column)
    return f"mostly {value} ({count / filled:.0%})"


def _commonest(table, column: str) -> tuple:
    import ibis

    values = table.filter(table[column].notnull()).group_by(value=table[column]).aggregate(rows=ibis._.count())
    top = values.order_by(ibis.desc("rows"), "value").limit(1).to_pyarrow().to_pylist()[0]
    return top["value"], top["rows"]


def describe_tables(tables: dict):
    """One row a table: rows, columns, and the days it spans."""
    import pandas as pd

    rows = []
    for name, table in tables.items():
        first, last = span(table, date_columns(table))
        told = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}" if first else ""
        count = table.count().to_pyarrow().as_py()
        rows.append({"table": name, "rows": count, "columns": len(table.columns), "span": told})
    return pd.DataFrame(rows)


def date_columns(table) -> list[str]:
    """The columns that hold dates."""
    return [name for name in table.columns if table[name].type().is_timestamp() or table[name].type().is_date()]


def span(table, columns: list[str], until=None) -> tuple:
    """The first and the last moment in these columns, none after `until`; (None, None) where there is none."""
    if not columns:
        return None, None
    values = {name: table[name].cast("timestamp") for name in columns}
    values = {name: v if until is None else (v <= until).ifelse(v, None) for name, v in values.items()}
    facts = {
        f"{place}_{what}": getattr(v, what)() for place, v in enumerate(values.values()) for what in ("min", "max")
    }
    found = table.aggregate(**facts).to_pyarrow().to_pylist()[0]
    lows = [value for key, value in found.items() if key.endswith("min") and value is not None]
    highs = [value for key, value in found.items() if key.endswith("max") and value is not None]
    return (min(lows), max(highs)) if lows else (None, None)
