"""A column and its value in words that a retention agent understands: "tenure is low (3 months)".

Levels and names are data, so what is made of them is plain text: no control or direction marks, no line ends, and it
begins with a letter or digit, so that no spreadsheet takes it for a formula. Who shows it on a page escapes it.
"""

import re
from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from math import isnan

from churn_mlops.features.signature import MISSING, Column

LONGEST = 48  # letters of a level or of a name
SPANS = {"d": "days", "w": "weeks", "m": "months", "y": "years", "h": "hours"}
SIDES = ((0.1, "very low", "very early"), (1 / 3, "low", "early"), (2 / 3, "average", "average"))
HIGHEST = ((0.9, "high", "late"), (1.0, "very high", "very late"))
ENDS_OF_HEAD = {"of", "since", "in", "last", "per", "with", "to", "from", "by", "for", "over", "on", "until", "known"}


def describe(column: Column, value) -> str:
    """The column's value in words; `value` as `conform` makes it."""
    name = readable(column.name, column.unit)
    if column.kind == "category":
        return _level(name, column, value)
    if value is None or isnan(value):
        return f"no value for {name}"
    return _yes_or_no(name, column, value) or _number(name, column, value)


def readable(name: str, unit: str = "") -> str:
    """A column's name as words: `MonthlyCharges` is "monthly charges", `contacts_3m` "contacts over 3 months"."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain(name, 200))
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in re.split(r"[\W_]+", parted) if word]
    words = [_span(word) for word in words]
    if len(words) > 1 and " " in words[-1] and words[-2] != "of":
        words.insert(-1, "over")
    words.sort(key=lambda word: word != "mean")  # "mean usage hours"
    if len(words) > 1 and unit and words[-1] == unit.split()[0]:
        words.pop()  # "tenure is low (3 months)" says it once
    return plain(" ".join(words)) or "a column without a name"


def plain(text, longest: int = LONGEST) -> str:
    """One line of printable text, not longer than a table can show."""
    kept = "".join(sign if sign.isprintable() else " " for sign in str(text))
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def amount(column: Column, value: float) -> str:
    """A number or date with its unit: "3 months", "25% of the list price", "2024-01-31"."""
    if column.since:
        return str(date.fromisoformat(column.since) + timedelta(days=float(value)))
    unit = plain(column.unit)
    if unit.startswith("share of"):
        return f"{value:.0%}{unit[len('share') :]}"
    if unit[:1].isdigit():
        return f"{digits(value)} on a scale of {unit}"
    first, _, rest = unit.partition(" ")
    first = first[:-1] if value == 1 and first.endswith("s") else first
    return " ".join(part for part in (digits(value), first, rest) if part)


def digits(value: float) -> str:
    """A number as people write it: three digits, or all those before the point."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _span(word: str) -> str:
    found = re.fullmatch(r"(\d+)([dwmyh])", word)
    return f"{found[1]} {SPANS[found[2]][: -1 if found[1] == '1' else None]}" if found else word


def _level(name: str, column: Column, value) -> str:
    if value is None or value == MISSING or value != value:
        return f"no value for {name}"
    level = plain(value)
    if level.lower() in ("yes", "no", "true", "false") or level.lower().startswith("no "):
        return f"{name}: {level.lower()}"
    if re.search(r"\W", level) and level[1:] == level[1:].lower():
        level = level[:1].lower() + level[1:]  # "Month-to-month" begins no sentence here; a name of one word stays
    seen = column.categories is None or value in column.categories
    return f"{name} {_verb(name)} {level or 'blank'}" + ("" if seen else ", never seen before")


def _yes_or_no(name: str, column: Column, value: float) -> str:
    only = set(column.deciles or ()) | {column.low, column.high}
    return f"{name}: {'yes' if value else 'no'}" if only == {0.0, 1.0} and value in (0, 1) and not column.unit else ""


def _number(name: str, column: Column, value: float) -> str:
    if value == 0 and _verb(name) == "are" and _head(name)[-1] not in SPANS.values():
        return f"no {name}"
    return f"{name} {_verb(name)} {_place(column, value)} ({amount(column, value)})"


def _place(column: Column, value: float) -> str:
    """Where a value lies among those seen in training."""
    if column.low is None:
        return "known, as never before"
    if not column.low <= value <= column.high:
        low, high = ("earlier", "later") if column.since else ("lower", "higher")
        return f"{low if value < column.low else high} than ever seen"
    deciles = column.deciles or [column.low + (column.high - column.low) * tenths / 10 for tenths in range(11)]
    rank = (bisect_left(deciles, value) + bisect_right(deciles, value)) / 2 / len(deciles)
    place = next(words for words in (*SIDES, *HIGHEST) if rank <= words[0])
    return place[2] if column.since else place[1]


def _verb(name: str) -> str:
    """Whether a name is in the plural: "total charges are", "days since last contact are"."""
    noun = _head(name)[-1]
    return "are" if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else "is"


def _head(name: str) -> list[str]:
    """The words before the first that only adds to them: "days" of "days since last contact"."""
    words = name.split()
    return words[: next((n for n, word in enumerate(words) if n and word in ENDS_OF_HEAD), None)]
