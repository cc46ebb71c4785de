"""HTML tables made readable: each in a box of its own that scrolls, numbers to the right, sentences wrapped."""

import re
from html import escape, unescape

LONG = 40  # characters from which a cell is a sentence rather than a value
PRINTED = 8  # columns of a broad table that fit on paper

_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[dh])>(.*?)</\1>", re.DOTALL)
_NUMBER = re.compile(r"[-−+]?[€$£]?(\d[\d,]*)?\.?\d+(e[-+]?\d+)?\s?[%x×]?", re.IGNORECASE)
_EMPTY = {"", "NaN", "NaT", "None", "&lt;NA&gt;", "–", "..."}


def tidy_tables(html: str, named: bool = False) -> str:
    """Wrap every table of sanitised HTML in a box that scrolls, and align its columns.

    `named`: where the page is narrow, its rows may stand as cards, each cell beside the name of its column.
    """
    html = _TABLE.sub(lambda found: _say_width(_say_empty(align(found[0], named))), html)
    box = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
    html = re.sub(r'<table( class="\w+")?>', rf"{box}<table\1>", html)
    return html.replace("</table>", "</table></div>")


def _say_empty(table: str) -> str:
    """A table without rows says so, rather than look as if something had gone missing."""
    said = f'<tbody><tr><td class="soft" colspan="{max(1, _columns(table))}">no rows</td></tr></tbody>'
    return re.sub(r"<tbody>\s*</tbody>", said, table, count=1)


def _say_width(table: str) -> str:
    """Let a table that no paper can hold be printed with its first columns, and say so there."""
    columns = _columns(table)
    if columns <= PRINTED + 2 or "span=" in table.replace('<td class="soft" colspan', ""):
        return table
    said = f'<caption class="printed">The first {PRINTED} of {columns} columns.</caption>'
    return table.replace("<table>", f'<table class="broad">{said}', 1)


def _columns(table: str) -> int:
    """The number of columns, by the first row."""
    return len(re.findall(r"<t[hd][ >]", table.partition("</tr>")[0]))


def align(table: str, named: bool = False) -> str:
    """Mark the cells of columns that hold numbers (n) or sentences (w); a table with merged cells stays as it is."""
    rows = [[cell[1].strip() for cell in _CELL.findall(row)] for row in _ROW.findall(table) if "<td" in row]
    if not rows or len({len(row) for row in rows}) > 1 or "span=" in table:
        return table
    kinds = [_kind(column) for column in zip(*rows, strict=True)]
    heads = [text_of(cell[1]) for cell in _CELL.findall(table.partition("</tr>")[0])]
    if named and all(heads) and len(heads) == len(kinds):
        table = table.replace("<table>", '<table class="stack">', 1)
    else:
        heads = [""] * len(kinds)
    return _ROW.sub(lambda row: _mark(row[0], kinds, heads), table)


def _kind(column) -> str:
    filled = [cell for cell in column if cell not in _EMPTY]
    if filled and all(len(cell) < LONG and _NUMBER.fullmatch(cell) for cell in filled):
        return "n"
    return "w" if any(len(text) > LONG and " " in text for text in map(text_of, filled)) else ""


def text_of(cell: str) -> str:
    """The text of a cell, its markup taken away."""
    return unescape(re.sub(r"<[^>]+>", "", cell)).strip()


def _mark(row: str, kinds: list[str], heads: list[str]) -> str:
    """Give every cell its kind, and those below the headings the name of their column."""
    columns = iter(zip(kinds, heads, strict=True))

    def mark(cell):
        kind, head = next(columns, ("", ""))
        kind = f' class="{kind}"' if kind else ""
        if not head or cell[1] == "th":
            return f"<{cell[1]}{kind}>{cell[2]}</{cell[1]}>"
        return f'<td{kind} data-label="{escape(head)}"><div>{cell[2]}</div></td>'

    return _CELL.sub(mark, row)
