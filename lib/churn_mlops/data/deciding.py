"""What kind of values each column holds and how they are written: decided over the whole table, before the first row.

A few rows tell what a column may be; whether all of it is, DuckDB counts. Nothing is decided piece by piece, where one
piece could come to another answer than the next.
"""

from dataclasses import dataclass

from churn_mlops.data.notation import DAYS, DOTTED, ISO, NOTHING, PLAIN, Notation, number_notations, number_pattern
from churn_mlops.errors import DataError

_LOOK = 1000  # values that rule out what a column cannot be
_NUMBERISH = r"^[+-]?[\d., '\u00a0\u202f]*\d[\d., '\u00a0\u202f]*(?:[eE][+-]?\d+)?$|^[+-]?inf(?:inity)?$"


@dataclass(frozen=True)
class Kind:
    """What a column holds: number, category, boolean or date, and how its texts are to be read."""

    kind: str
    notation: Notation = PLAIN


def decide_kinds(table, first_rows, told: dict[str, Kind], decimal: str, where: str) -> dict[str, Kind]:
    """The kind of every column; `told` are those that the definition gives, whose notation may be open.

    `table` is an Ibis table, `first_rows` a DataFrame of its beginning. Raises DataError for dates that can be read in
    two ways.
    """
    kinds = {name: told.get(name) or _typed(table[name].type()) for name in table.columns}
    texts = [name for name in kinds if table[name].type().is_string()]
    may_be = {name: _possible(first_rows[name], kinds[name]) for name in texts}
    counts = _count(table, {name: kinds for name, kinds in may_be.items() if kinds})
    for name, possible in may_be.items():
        kinds[name] = _decided(table, name, kinds[name], possible, counts.get(name, {}), decimal, where)
    return kinds


def _typed(kind) -> Kind | None:
    """The kind of a column that has a type; None for texts, which have to be looked at."""
    if kind.is_string():
        return None
    if kind.is_boolean():
        return Kind("boolean")
    if kind.is_timestamp() or kind.is_date():
        return Kind("date")
    return Kind("number" if kind.is_numeric() else "category")


def _possible(values, told: Kind | None) -> tuple[str, ...]:
    """What texts may be, by the first of them; a kind that is told, and a form that is, need no look."""
    if told is not None:
        return (told.kind,) if told.kind in ("number", "date") and told.notation == PLAIN else ()
    filled = values.dropna().astype("str").str.strip()
    filled = filled[(filled != "") & ~filled.str.lower().isin(NOTHING)].head(_LOOK)
    dates = filled.str.match(ISO) | filled.str.match(DAYS)
    shapes = {"number": filled.str.match(_NUMBERISH, case=False), "date": dates}
    return tuple(kind for kind, fits in shapes.items() if fits.all())


def _filled(table, name: str):
    """The column's texts without blanks, and without words for `not known`."""
    text = table[name].strip()
    return (text.lower().isin(NOTHING) | (text == "")).ifelse(None, text)


def _count(table, columns: dict[str, tuple[str, ...]]) -> dict[str, dict]:
    """How many values each column has, and how many of them are numbers or dates, in one pass over the table."""
    facts = {}
    for place, (name, kinds) in enumerate(columns.items()):
        values = _filled(table, name)
        facts[f"{place}_filled"] = values.count()
        if "number" in kinds:
            facts[f"{place}_numbers"] = values.try_cast("float64").count()
        if "date" in kinds:
            facts |= {f"{place}_{fact}": value for fact, value in _date_facts(values).items()}
    found = table.aggregate(**facts).to_pyarrow().to_pylist()[0] if facts else {}
    names = list(columns)
    counts: dict[str, dict] = {name: {} for name in names}
    for key, value in found.items():
        place, _, fact = key.partition("_")
        counts[names[int(place)]][fact] = value or 0
    return counts


def _date_facts(values) -> dict:
    one, two = (values.re_extract(DAYS, part).try_cast("int32") for part in (1, 2))
    return {
        "iso": values.re_search(ISO).sum(),
        "days": values.re_search(DAYS).sum(),
        "dotted": values.re_search(DOTTED).sum(),
        "one": one.max(),
        "two": two.max(),
        "differ": (one != two).sum(),
    }


def _decided(table, name, told: Kind | None, possible, counts: dict, decimal: str, where: str) -> Kind:
    if "number" in possible and (told or counts["filled"]):
        notation = PLAIN
        if decimal != "." or counts["numbers"] < counts["filled"]:
            notation, fits = _number_notation(table, name, decimal)
            counts["numbers"] = max(counts["numbers"], fits)
        if told or counts["numbers"] == counts["filled"]:
            return Kind("number", notation)
    if "date" in possible and counts["filled"] and (told or counts["iso"] + counts["days"] == counts["filled"]):
        return Kind("date", Notation(first=_first(counts, f"{where}: column `{name}`", name)))
    return told or Kind("category")


def _number_notation(table, name: str, decimal: str) -> tuple[Notation, int]:
    """The notation in which most values are numbers, and how many are; of equal ones the likelier."""
    values, notations = _filled(table, name).re_replace("[\u00a0\u202f]", " "), number_notations(decimal)
    odd = values.re_search("(?i)^[+-]?inf(inity)?$")
    facts = {str(n): (values.re_search(number_pattern(notation)) | odd).sum() for n, notation in enumerate(notations)}
    fits = [count or 0 for count in table.aggregate(**facts).to_pyarrow().to_pylist()[0].values()]
    return notations[fits.index(max(fits))], max(fits)


def _first(counts: dict, label: str, name: str) -> str:
    """What comes first in dates such as 01/02/2024: the day, the month, or nothing where there are none."""
    if not counts["days"]:
        return ""
    day, month = counts["one"] > 12, counts["two"] > 12
    cure = f'Cure: say it in the definition, [columns] "{name}" = {{type = "date", format = "%d/%m/%Y"}} or "%m/%d/%Y".'
    if day and month:
        raise DataError(f"{label}: in some of its dates the day comes first, in others the month. {cure}")
    if not (day or month) and counts["differ"] and counts["dotted"] < counts["days"]:
        raise DataError(
            f"{label}: {counts['days']:,} dates like 01/02/2024, none with a number above 12: whether the day or the "
            f"month comes first cannot be told. {cure}"
        )
    return "month" if month else "day"
