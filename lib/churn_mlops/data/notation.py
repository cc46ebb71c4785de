"""How the texts of a column are to be read: as numbers, as dates or as truths. What fits no reading is missing here."""

import re
from dataclasses import dataclass

_YES, _NO = ("true", "true.", "t", "yes", "y", "1", "1.0"), ("false", "false.", "f", "no", "n", "0", "0.0")
TRUTHS = dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no")
NOTHING = (
    "na",
    "n/a",
    "#n/a",
    "nan",
    "null",
    "none",
    "-",
)  # in a number, date or truth: not known. A category keeps it
SPACES = "\u00a0\u202f"  # that some write between thousands
_TIME = r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
ISO = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?$"
DAYS = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})" + _TIME + "$"  # the day or the month comes first
DOTTED = r"^\d{1,2}\.\d{1,2}\.\d{4}"
_YEAR_FIRST = r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})" + _TIME + "$"


@dataclass(frozen=True)
class Notation:
    """Marks of numbers; of dates such as 01/02/2024 what comes first, or the form of all, as strptime has it."""

    decimal: str = "."
    thousands: str = ""
    first: str = ""  # "day" or "month"
    format: str = ""

    @property
    def told(self) -> str:
        """The notation for readers; nothing where it is the usual one."""
        marks = f"{self.thousands.replace(' ', 'space')} thousands " * bool(self.thousands)
        marks += f"{self.decimal} decimals" * (self.decimal != "." or bool(self.thousands))
        return self.format or (f"{self.first} first" if self.first else marks.strip())


PLAIN = Notation()
_COMMA, _POINT = (Notation(",", "."), Notation(",", " "), Notation(",")), (Notation(".", ","), Notation(".", " "))


def number_notations(decimal: str) -> tuple[Notation, ...]:
    """The ways to write numbers, likeliest first; `decimal` is the mark that the table as a whole speaks for."""
    if decimal == ",":
        return (*_COMMA[:1], *_COMMA[2:], PLAIN, *_POINT, _COMMA[1], Notation(".", "'"))
    return (PLAIN, *_POINT, Notation(".", "'"), *_COMMA)


def number_pattern(notation: Notation) -> str:
    """What a number in this notation looks like, as Python and DuckDB both read it."""
    digits, mark = r"\d+", re.escape(notation.decimal)
    if notation.thousands:
        digits = rf"(?:\d+|\d{{1,3}}(?:{re.escape(notation.thousands)}\d{{3}})+)"
    return rf"^[+-]?(?:{digits}(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?$"


def is_text(column) -> bool:
    """Whether a pandas Series holds texts, which have to be read."""
    import pandas as pd

    return pd.api.types.is_string_dtype(column) or column.dtype == object


def to_number(column, notation: Notation = PLAIN):
    """Numbers as float64; NaN for what is none."""
    import pandas as pd

    if is_text(column) and notation != PLAIN:
        column = column.astype("str").str.replace(f"[{SPACES}]", " ", regex=True)
        column = column.where(column.str.match(number_pattern(notation)) | column.str.contains("inf", case=False))
        column = column.str.replace(notation.thousands, "", regex=False) if notation.thousands else column
        column = column.str.replace(notation.decimal, ".", regex=False)
    return pd.to_numeric(column, errors="coerce").astype("float64")


def to_truth(column):
    """`yes`, `no` or missing; True and False stay what they are."""
    return column if column.dtype == bool else column.astype("str").str.lower().map(TRUTHS)


def to_date(column, notation: Notation = PLAIN):
    """Moments in UTC without a time zone, to the microsecond; NaT for what is none."""
    import pandas as pd

    if not is_text(column) or not notation.format:
        found = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    else:
        found = pd.to_datetime(column, errors="coerce", format=notation.format, utc=True)
    found = found.dt.tz_localize(None).astype("datetime64[us]")
    rest = column[found.isna() & column.notna()]
    if len(rest) and is_text(column) and not notation.format:
        found = found.fillna(_other_dates(rest.astype("str"), notation).reindex(column.index))
    return found


def _other_dates(texts, notation: Notation):
    """Dates that ISO 8601 does not know: with the day or the month first, or with short days and months."""
    names = ["year", "month", "day", "hour", "minute", "second"]
    dates = _moments(texts.str.extract(_YEAR_FIRST).set_axis(names, axis=1))
    order = ["month", "day"] if notation.first == "month" else ["day", "month"]
    told = texts if notation.first else texts.where(texts.str.match(DOTTED))  # with dots the day comes first
    return dates.fillna(_moments(told.str.extract(DAYS).set_axis([*order, "year", *names[3:]], axis=1)))


def _moments(parts):
    import pandas as pd

    there = parts["year"].notna()
    parts = parts[there].fillna("0").apply(pd.to_numeric)
    return pd.to_datetime(parts, errors="coerce").astype("datetime64[us]").reindex(there.index)
