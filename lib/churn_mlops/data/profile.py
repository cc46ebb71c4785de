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
    exact, facts = rows <= EXACT_ROWS, {}
    for place, column in enumerate(table.columns):
        values = table[column]
        facts |= {
            f"{place}_filled": values.count(),
            f"{place}_distinct": values.nunique() if exact else values.approx_nunique(),
            f"{place}_low": values.min(),
            f"{place}_high": values.max(),
        }
    found = table.aggregate(**facts).to_pyarrow().to_pylist()[0]
    described = []
    for place, column in enumerate(table.columns):
        filled, distinct, low, high = (found[f"{place}_{fact}"] for fact in ("filled", "distinct", "low", "high"))
        told = "nothing" if not filled else _seen(table, column, filled, distinct, low, high, exact)
        described.append(
            {
                "table": name,
                "column": column,
                "kind": _KINDS.get(str(table[column].type()), str(table[column].type())),
                "missing": round(1 - filled / max(rows, 1), 4),
                "distinct": distinct if exact else f"about {float(f'{distinct:.2g}'):,.0f}",
                "values": told,
            }
        )
    return described


def _seen(table, column: str, filled: int, distinct: int, low, high, exact: bool) -> str:
    kind = table[column].type()
    if kind.is_timestamp() or kind.is_date():
        return f"{low:%Y-%m-%d} to {high:%Y-%m-%d}"
    if kind.is_numeric():
        return f"{low:,.6g} to {high:,.6g}"
    if exact and distinct == filled and filled > 1:
        return "all different"
    if not exact and distinct > FEW:
        return f"{low} to {high}"
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
