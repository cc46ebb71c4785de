"""How a text file is written: delimiter, quotes, decimal mark, found out from its head unless the definition says."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.config import Reading
from churn_mlops.data.sources.header import check_is_header, column_names
from churn_mlops.errors import DataError

_HEAD = 1 << 18
_ROWS = 500
_DELIMITERS = (",", ";", "\t", "|")
_COMMA = re.compile(r"[-+]?\d+,\d+|[-+]?\d{1,3}(\.\d{3})+,\d+")
_POINT = re.compile(r"[-+]?\d*\.\d+|[-+]?\d{1,3}(,\d{3})+\.\d+")
_INTEGER = re.compile(r"[-+]?\d+")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}([.,]\d{3})+")


@dataclass(frozen=True)
class Dialect:
    """How to read a file; `skip` is the number of lines down to the first row."""

    names: list[str]
    delimiter: str
    quote: str
    escape: str
    decimal: str
    skip: int
    notes: tuple[str, ...]


def find_dialect(text: Path, told: Reading, where) -> Dialect:
    """The dialect of a file of UTF-8 text; raises DataError without a header, or where there are no rows."""
    head = _head(text)
    quote = told.quote or _quote(head)
    delimiter = told.delimiter or _delimiter(head, quote)
    reader = _reader(head, delimiter, quote)
    header = next((row for row in reader if any(value.strip() for value in row)), None)
    if header is None:
        raise DataError(f"{where}: no header line. Cure: export it again, with a header line and rows.")
    skip = reader.line_num
    rows = [row for row, _ in zip((row for row in reader if row), range(_ROWS), strict=False)]
    if not rows:
        raise DataError(f"{where}: a header and no rows. Cure: export it again; the last export broke off.")
    names, notes = column_names(header, where)
    check_is_header(header, rows, where)
    decimal = told.decimal or _decimal(rows)
    notes += [f"delimiter {delimiter!r}"] * (delimiter != ",") + [f"quote {quote}"] * (quote != '"')
    notes += ["decimal comma"] * (decimal == ",")
    return Dialect(names, delimiter, quote, _escape(head, quote), decimal, skip, tuple(notes))


def _head(text: Path) -> str:
    """The first lines, whole ones only."""
    with text.open("rb") as file:
        head = file.read(_HEAD)
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1 or None]
    return io.StringIO(head.decode("utf-8-sig", "ignore"), newline=None).read()


def _reader(head: str, delimiter: str, quote: str):
    return csv.reader(io.StringIO(head, newline="\n"), delimiter=delimiter, quotechar=quote)


def _quote(head: str) -> str:
    """`'` where fields are enclosed in it and no `"` is anywhere, else `"`."""
    enclosed = re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|]|$)", head, re.MULTILINE)
    return "'" if enclosed and '"' not in head else '"'


def _escape(head: str, quote: str) -> str:
    """A backslash where one stands before a quote within a field; else a quote is doubled, as it should be."""
    return "\\" if re.search(rf"[^\n]\\{quote}[^,;\t|\r\n]", head) else quote


def _delimiter(head: str, quote: str) -> str:
    """The one by which the rows fall into as many fields as the header; a comma where none does."""
    return max(_DELIMITERS, key=lambda delimiter: _fit(head, delimiter, quote))


def _fit(head: str, delimiter: str, quote: str) -> tuple:
    """How well a delimiter fits: the header has the commonest width, share of rows that have it, the width."""
    reader = _reader(head, delimiter, quote)
    widths = [len(row) for row, _ in zip((row for row in reader if row), range(_ROWS), strict=False)]
    if not widths:
        return False, 0, 0
    common, count = Counter(widths[1:] or widths).most_common(1)[0]
    return widths[0] == common > 1, round(count / max(len(widths) - 1, 1), 1), common


def _decimal(rows: list[list[str]]) -> str:
    """A comma where a column of numbers has it, and none has a point; `1,234` alone may be thousands."""
    columns = [[value.strip() for value in column if value.strip()] for column in zip(*_even(rows), strict=True)]
    return "," if _any_of(columns, _COMMA) and not _any_of(columns, _POINT) else "."


def _any_of(columns: list[list[str]], pattern: re.Pattern) -> bool:
    """Whether a column holds numbers with this decimal mark, one of them no whole number with thousands marked."""
    ours = [column for column in columns if _is_of(column, pattern)]
    return any(pattern.fullmatch(value) and not _THOUSANDS.fullmatch(value) for column in ours for value in column)


def _even(rows: list[list[str]]) -> list[list[str]]:
    width = Counter(map(len, rows)).most_common(1)[0][0]
    return [row for row in rows if len(row) == width]


def _is_of(column: list[str], pattern: re.Pattern) -> bool:
    """Whether a column holds numbers with this decimal mark, and whole numbers."""
    marked = [value for value in column if pattern.fullmatch(value)]
    return bool(marked) and all(pattern.fullmatch(value) or _INTEGER.fullmatch(value) for value in column)
