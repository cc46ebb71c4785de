"""HTML tables made readable: each in a box of its own that scrolls, columns of numbers set to the right."""

import re

_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[dh])>(.*?)</\1>", re.DOTALL)
_NUMBER = re.compile(r"[-−+]?[€$£]?(\d[\d,]*)?\.?\d+(e[-+]?\d+)?\s?[%x×]?", re.IGNORECASE)
_EMPTY = {"", "NaN", "NaT", "None", "&lt;NA&gt;", "–", "..."}


def tidy_tables(html: str) -> str:
    """Wrap every table of sanitised HTML in a box that scrolls, and align its columns of numbers."""
    html = _TABLE.sub(lambda found: align(found[0]), html)
    box = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
    return html.replace("<table>", f"{box}<table>").replace("</table>", "</table></div>")


def align(table: str) -> str:
    """Mark the cells of columns that hold numbers; a table with cells over several columns stays as it is."""
    rows = [[cell[1].strip() for cell in _CELL.findall(row)] for row in _ROW.findall(table) if "<td" in row]
    if not rows or len({len(row) for row in rows}) > 1 or "span=" in table:
        return table
    numeric = {i for i, column in enumerate(zip(*rows, strict=True)) if _is_numeric(column)}
    return _ROW.sub(lambda row: _mark(row[0], numeric), table)


def _is_numeric(column) -> bool:
    filled = [cell for cell in column if cell not in _EMPTY]
    return bool(filled) and all(len(cell) < 40 and _NUMBER.fullmatch(cell) for cell in filled)


def _mark(row: str, numeric: set[int]) -> str:
    position = iter(range(row.count("<t")))

    def mark(cell):
        kind = ' class="n"' if next(position) in numeric else ""
        return f"<{cell[1]}{kind}>{cell[2]}</{cell[1]}>"

    return _CELL.sub(mark, row)
