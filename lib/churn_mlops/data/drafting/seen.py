"""What there is to see in each column, counted by DuckDB: no row comes here."""

from dataclasses import dataclass

from churn_mlops.data.engine import connect, identifier, quoted, run

LEVELS = 25  # so many distinct values are listed at most
_COUNTED = 5000  # so many distinct values, and those that may name a row, are counted exactly
_NOTHING = ("na", "n/a", "nan", "null", "none", "-")  # in numbers and dates: not known
_ISO, _DAYS = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?$", r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}([ T].*)?$"
_ODD_DAYS = "dates such as 01.02.2024; left for the contract to read"
FACTS = ("filled", "distinct", "numbers", "low", "high", "whole", "known", "days", "first", "last", "odd_days")


@dataclass(frozen=True)
class Seen:
    """One column: what kind of values it seems to hold, how many, and in which range."""

    name: str
    kind: str  # number, category, boolean or date
    rows: int
    filled: int  # rows with a value
    distinct: int
    low: object = None  # least and greatest number, or first and last day
    high: object = None
    whole: bool = False  # whether all numbers are whole
    values: tuple[tuple[str, int], ...] = ()  # all of them with their rows, commonest first; none where there are many
    unsure: str = ""  # what could not be told about its kind

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return self.rows - self.filled

    @property
    def has_days(self) -> bool:
        """Whether it is texts that look like dates, of which the contract decides what comes first."""
        return self.unsure == _ODD_DAYS

    @property
    def is_unique(self) -> bool:
        """Whether it names each row."""
        return self.filled == self.rows == self.distinct


def look(table, decimal: str) -> tuple[Seen, ...]:
    """What is in each column of an Ibis table."""
    source = f"({connect().compile(table)})"
    kinds = {name: _typed(kind) for name, kind in table.schema().items()}
    facts = _facts(source, kinds, decimal)
    exact = [n for n, f in facts.items() if f["distinct"] <= _COUNTED or f["distinct"] > 0.8 * f["filled"]]
    counted = (
        run(f"SELECT {', '.join(f'count(DISTINCT {text_of(n)})' for n in exact)} FROM {source}") if exact else [()]
    )
    for name, count in zip(exact, counted[0], strict=True):
        facts[name]["distinct"] = count
    return tuple(_seen(source, name, kinds[name], facts[name]) for name in kinds)


def text_of(name: str) -> str:
    """SQL: the value as trimmed text, NULL where it is blank."""
    return f"nullif(trim(CAST({identifier(name)} AS VARCHAR)), '')"


def number_of(name: str, kind: str, decimal: str) -> str:
    """SQL: the value as a finite number, NULL where it is none."""
    if kind == "boolean":
        return "NULL::DOUBLE"
    text = text_of(name)
    text = f"replace(replace({text}, '.', ''), ',', '.')" if decimal == "," and not kind else text
    value = f"TRY_CAST({text} AS DOUBLE)"
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def day_of(name: str) -> str:
    """SQL: the value as a moment, NULL where it is none."""
    text = text_of(name)
    return (
        f"CASE WHEN regexp_matches({text}, {quoted(_ISO)}) THEN TRY_CAST(replace({text}, '/', '-') AS TIMESTAMPTZ) END"
    )


def _typed(kind) -> str:
    """The kind of a column that has a type; empty for texts, which have to be looked at."""
    if kind.is_boolean():
        return "boolean"
    if kind.is_timestamp() or kind.is_date():
        return "date"
    return "number" if kind.is_numeric() else ""


def _facts(source: str, kinds: dict[str, str], decimal: str) -> dict[str, dict]:
    """FACTS of every column and the number of rows, in one pass."""
    wanted = ["count(*)"]
    for name, kind in kinds.items():
        text, number, day = text_of(name), number_of(name, kind, decimal), day_of(name)
        known = f"count(*) FILTER ({text} IS NOT NULL AND lower({text}) NOT IN ({', '.join(map(quoted, _NOTHING))}))"
        days = f"min({day})::VARCHAR, max({day})::VARCHAR"
        wanted += [f"count({text})", f"approx_count_distinct({text})", f"count({number})", f"min({number})"]
        wanted += [f"max({number})", f"bool_and({number} = floor({number}))", known, f"count({day})", days]
        wanted += [f"count(*) FILTER (regexp_matches({text}, {quoted(_DAYS)}))"]
    rows, *found = run(f"SELECT {', '.join(wanted)} FROM {source}")[0]
    width = len(FACTS)
    parts = [found[start : start + width] for start in range(0, len(found), width)]
    return {n: dict(zip(FACTS, part, strict=True)) | {"rows": rows} for n, part in zip(kinds, parts, strict=True)}


def _seen(source: str, name: str, typed: str, facts: dict) -> Seen:
    kind, unsure = (typed, "") if typed else _kind(facts)
    low, high = (facts["low"], facts["high"]) if kind == "number" else (None, None)
    if kind == "date" and facts["first"]:
        low, high = facts["first"][:10], facts["last"][:10]
    values = _values(source, name) if 0 < facts["distinct"] <= LEVELS else ()
    whole = kind == "number" and bool(facts["whole"])
    return Seen(name, kind, facts["rows"], facts["filled"], facts["distinct"], low, high, whole, values, unsure)


def _kind(facts: dict) -> tuple[str, str]:
    """The kind of a column of texts, and what is unsure about it."""
    if facts["known"] and facts["numbers"] == facts["known"]:
        return "number", ""
    if facts["known"] and facts["days"] == facts["known"]:
        return "date", ""
    share = max(facts["numbers"], facts["days"], facts["odd_days"]) / max(facts["known"], 1)
    if facts["odd_days"] and facts["odd_days"] == facts["known"]:
        return "category", _ODD_DAYS
    what = "numbers" if facts["numbers"] >= facts["days"] else "dates"
    return "category", f"{share:.0%} of its values are {what}, the others are not" if share > 0.9 else ""


def _values(source: str, name: str) -> tuple[tuple[str, int], ...]:
    text = text_of(name)
    counted = f"SELECT {text} AS value, count(*) AS times FROM {source} WHERE {text} IS NOT NULL GROUP BY value"
    return tuple(run(f"{counted} ORDER BY times DESC, value"))
