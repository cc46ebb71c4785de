"""A difference between two runs for a reader: one section after another, the sentence of attribution last."""


def difference_text(found: dict) -> str:
    """The text; sections in which nothing differs are left out."""
    sections = [
        ("Definition", found["definition_lines"]),
        *input_sections(found),
        ("Code", [_arrow(entry) for entry in found["code"]]),
        (f"Artifacts ({found['artifacts_equal']} equal)", [_artifact(entry) for entry in found["artifacts"]]),
        (f"Metrics ({found['metrics_equal']} equal)", _metrics(found["metrics"])),
    ]
    return "\n\n".join([_verdicts(found), *listed(sections), found["attribution"]])


def input_sections(found: dict) -> list[tuple[str, list[str]]]:
    """Title and lines of what goes into stages."""
    return [
        ("Code cells", [line for cell in found["cells"] for line in _cell(cell)]),
        ("Parameters", [f"{e['stage'].split('_', 1)[-1]}.{_arrow(e)}" for e in found["parameters"]]),
        ("Data", [_arrow(entry) + _stages(entry) for entry in found["data"]]),
        ("Moment", [_arrow(entry) + _stages(entry) for entry in found["moment"]]),
        ("Library", [f"{entry['change']} {entry['name']}{_stages(entry)}" for entry in found["modules"]]),
        ("Packages", [_arrow(entry) + _stages(entry) for entry in found["packages"]]),
        ("Environment", [_arrow(entry) for entry in found["environment"]]),
    ]


def listed(sections: list[tuple[str, list[str]]]) -> list[str]:
    """The sections that have lines, as text."""
    return [f"{title}\n" + "\n".join(f"  {line}".rstrip() for line in lines) for title, lines in sections if lines]


def _verdicts(found: dict) -> str:
    lines = []
    for name in ("a", "b"):
        run = found[name]
        lines.append(f"{name.upper()}  {run['version']} ({run['dataset']}): {run['verdict']}")
        if run["error"]:
            lines.append(f"   {run['error'].splitlines()[0]}")
    return "\n".join(lines)


def _cell(cell: dict) -> list[str]:
    if cell["whole"]:
        return [f"{cell['stage']}: {cell['whole']}"]
    a, b = cell["cell_a"], cell["cell_b"]
    place = f"cell {b} added" if a is None else f"cell {a} removed" if b is None else f"cell {b}"
    if a and b and a != b:
        place += f" (in A: {a})"
    return [f"{cell['stage']}, {place}", *(f"  {line}" for line in cell["lines"])]


def _arrow(entry: dict) -> str:
    return f"{entry['name']}: {_value(entry['a'])} -> {_value(entry['b'])}"


def _value(value) -> str:
    """A value as it is, a digest by its beginning."""
    if value is None:
        return "none"
    if isinstance(value, str) and len(value) in (40, 64) and set(value) <= set("0123456789abcdef"):
        return value[:12]
    return repr(value) if value == "" else str(value)


def _stages(entry: dict) -> str:
    return f"  ({', '.join(entry['stages'])})" if entry["stages"] else ""


def _artifact(entry: dict) -> str:
    return f"{entry['change']} {entry['name']}" + (f"  ({entry['stage']})" if entry["stage"] else "")


def _metrics(entries: list[dict]) -> list[str]:
    if not entries:
        return []
    rows = [("", "A", "", "B", "", "B - A", "")] + [_row(entry) for entry in entries]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(_align(text, *column) for text, column in zip(row, enumerate(widths), strict=True)) for row in rows
    ]
    marked = any(entry["apart"] for entry in entries)
    return lines + ["* the 95% intervals do not overlap"] * marked


def _align(text: str, column: int, width: int) -> str:
    """Numbers stand in the odd columns, flush right."""
    return text.rjust(width) if column % 2 else text.ljust(width)


def _row(entry: dict) -> tuple[str, ...]:
    a, b = entry["a"], entry["b"]
    only = "only in B" if a is None else "only in A" if b is None else _number(entry["difference"], "+")
    ends = (_number(a and a["value"]), _interval(a), _number(b and b["value"]), _interval(b))
    return (entry["name"], *ends, only, "*" if entry["apart"] else "")


def _interval(point: dict | None) -> str:
    if point is None or point["low"] is None or point["high"] is None:
        return ""
    return f"({_number(point['low'])} to {_number(point['high'])})"


def _number(value, sign: str = "") -> str:
    """Whole numbers whole; four digits after the point below a hundred, none above, two that count where tiny."""
    if value is None:
        return "-"
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:{sign},.0f}"
    return f"{value:{sign}.4f}" if value == 0 or abs(value) >= 0.00005 else f"{value:{sign}.1e}"
