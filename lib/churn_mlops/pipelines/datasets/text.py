"""Data versions and their differences for a reader of the terminal."""

from churn_mlops.pipelines.datasets.naming import SHORT

_SHOWN = 5  # columns that are told of a kind; the rest are counted


def data_table(entries: list[dict]) -> str:
    """The data versions as aligned text."""
    if not entries:
        return "No data yet. Cure: python pipeline.py"
    rows = [("version", "source", "rows", "set aside", "span", "used by", "models")]
    rows += [_row(entry) for entry in entries]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_align(c, n, widths[n]) for n, c in enumerate(row)).rstrip() for row in rows]
    marked = any(model["champion"] for entry in entries for model in entry["models"])
    return "\n".join(lines) + "\n\n* champion now" * marked


def _row(entry: dict) -> tuple[str, ...]:
    models = sorted(entry["models"], key=lambda model: not model["champion"])
    told = [f"{model['name']} {model['digest'][:SHORT]}{' *' * model['champion']}" for model in models]
    return (
        entry["version"][:SHORT],
        _some(entry["sources"]),
        _number(entry["rows"]),
        _number(entry["rows_quarantined"]),
        _span(entry),
        _some([run["version"] for run in entry["runs"]]),
        _some(told) or "none",
    )


def _align(text: str, column: int, width: int) -> str:
    return text.rjust(width) if column in (2, 3) else text.ljust(width)


def _some(names: list[str]) -> str:
    """The first, and how many more there are."""
    return (names[0] if names else "") + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _number(value) -> str:
    return "-" if value is None else f"{value:,}"


def _span(entry: dict) -> str:
    oldest, newest = entry["oldest"], entry["newest"]
    if newest is None:
        return "without dates"
    return f"{oldest} to {newest}" if oldest else f"up to {newest}"


def difference_text(found: dict) -> str:
    """A difference: the two versions, then one section for each table that changed."""
    head = [f"{name.upper()}  {_side(found[name])}" for name in ("a", "b")]
    if found["a"]["version"] == found["b"]["version"]:
        return "\n".join([*head, "", "The same data version: nothing differs."])
    lines = [f"Table {name} was {what}" for what in ("added", "removed") for name in found[f"tables_{what}"]]
    if found["tables_equal"]:
        lines.append(f"Equal: {', '.join(found['tables_equal'])}")
    sections = ["\n".join(head), "\n".join(lines), *(_table(table) for table in found["tables"])]
    return "\n\n".join(filter(None, sections))


def _side(side: dict) -> str:
    aside = f", {side['rows_quarantined']:,} set aside" if side["rows_quarantined"] else ""
    rows = f"{_number(side['rows'])} rows{aside}, {_span(side)}"
    return f"{side['version'][:SHORT]} ({side['source']}, run {side['run']}): {rows}"


def _table(table: dict) -> str:
    lines = [*_columns(table["columns"]), *_rows(table), *_spans(table["spans"]), *_moved(table["distributions"])]
    if not lines:
        lines = ["the same rows in another order"]
    return "\n".join(
        [f"Table {table['name']}: {table['rows_a']:,} -> {table['rows_b']:,} rows"] + [f"  {line}" for line in lines]
    )


def _columns(columns: dict) -> list[str]:
    lines = [f"column {entry['name']} added ({entry['type']})" for entry in columns["added"]]
    lines += [f"column {entry['name']} removed ({entry['type']})" for entry in columns["removed"]]
    lines += [
        f"column {entry['name']} was {entry['a']} and is {entry['b']}; its values are not compared"
        for entry in columns["retyped"]
    ]
    return lines + ["the columns stand in another order"] * columns["reordered"]


def _rows(table: dict) -> list[str]:
    rows, examples = table["rows"], table["examples"]
    if not any(rows.values()):
        return []
    how = f"by {', '.join(table['by'])}" if table["by"] else "by content: no key tells its rows apart"
    lines = [f"rows, told apart {how}"]
    for kind, mark in (("added", "+"), ("removed", "-")):
        if rows[kind]:
            lines.append(f"  {rows[kind]:,} {kind}")
            lines += [f"    {mark} {_pairs(row)}" for row in examples.get(kind, [])]
    if rows["changed"]:
        lines.append(f"  {rows['changed']:,} changed: {_most(table['changed_columns'])}")
        lines += [f"    {_change(row)}" for row in examples["changed"]]
    return lines


def _most(counts: dict[str, int]) -> str:
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    more = f" and {len(ranked) - _SHOWN} columns more" if len(ranked) > _SHOWN else ""
    return ", ".join(f"{name} in {count:,}" for name, count in ranked[:_SHOWN]) + more


def _pairs(row: dict) -> str:
    shown = [f"{name} {_value(value)}" for name, value in list(row.items())[:_SHOWN]]
    return ", ".join(shown) + ", ..." * (len(row) > _SHOWN)


def _change(row: dict) -> str:
    values = list(row["values"].items())
    told = ", ".join(f"{name} {_value(a)} -> {_value(b)}" for name, (a, b) in values[:_SHOWN])
    return f"{_pairs(row['key'])}: {told}" + ", ..." * (len(values) > _SHOWN)


def _value(value) -> str:
    if value is None:
        return "missing"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return (text if len(text) <= 40 else text[:37] + "...") or "(empty)"


def _spans(spans: list[dict]) -> list[str]:
    return [f"{s['column']}: {_from_to(s['a'])} -> {_from_to(s['b'])}" for s in spans]


def _from_to(span: list) -> str:
    return "no date" if span[0] is None else f"{span[0]} to {span[1]}"


def _moved(shifts: list[dict]) -> list[str]:
    if not shifts:
        return []
    moved = [row for row in shifts if row["moved"]]
    if not moved:
        return ["no distribution moved beyond chance"]
    width = max(len(row["column"]) for row in moved[:_SHOWN])
    lines = [f"  {row['column'].ljust(width)}  PSI {row['psi']:.3f}  {_how(row)}" for row in moved[:_SHOWN]]
    more = [f"  and {len(moved) - _SHOWN} more"] if len(moved) > _SHOWN else []
    return ["distributions that moved most", *lines, *more]


def _how(row: dict) -> str:
    if abs(row["missing_b"] - row["missing_a"]) >= 0.01:
        return f"missing {row['missing_a']:.1%} -> {row['missing_b']:.1%}"
    if "mean_a" in row:
        return f"mean {_value(row['mean_a'])} -> {_value(row['mean_b'])}"
    what = _value(row["level"]) if row["what"] == "level" else row["what"]
    return f"{what} {row['share_a']:.1%} -> {row['share_b']:.1%}"
