"""What a dataset definition may say: values that no dataset can have are mistakes, and told before any work."""

from math import isfinite

from churn_mlops.config.definition import COLUMN_TYPES, SIMULATOR, Column, Definition, Reading
from churn_mlops.config.events import implausible_events
from churn_mlops.config.stakes import implausible_money


def implausible(definition: Definition) -> list[str]:
    """Every value of the definition that cannot be right, with what was expected."""
    dataset = definition.dataset
    keys = {dataset.id, dataset.target, dataset.snapshot_date}
    problems = [f"[dataset] `drop` names `{column}`, which is needed" for column in dataset.drop if column in keys]
    useless = keys | set(dataset.drop)
    for key in ("allow", "levers"):
        named = getattr(dataset, key)
        problems += [f"[dataset] `{key}` names `{name}`, which no model sees" for name in named if name in useless]
    looked_at = {"[dataset] `slices`": dataset.slices, "[columns] `sensitive`": definition.sensitive}
    for where, names in looked_at.items():
        problems += [f"{where} names `{name}`, which has another role" for name in names if name in keys]
    for name, column in definition.columns.items():
        problems += [f"[columns] `{name}`: {problem}" for problem in _of_column(column)]
    if definition.events and dataset.source == SIMULATOR:
        problems.append("[events] are for a log of one's own; the simulator has its own tables")
    elif definition.events:
        problems += implausible_events(definition.events, dataset)
    problems += [f"[source] {problem}" for problem in _of_source(definition.source)]
    problems += [f"[money] {problem}" for problem in implausible_money(definition.money, useless)]
    if dataset.table and dataset.query:
        problems.append("[dataset] has `table` and `query`; expected one of them")
    return problems + [
        f"[{section}] `{key}` is {getattr(owner, key)!r}; expected {wanted}"
        for section, owner, key, fits, wanted in (
            ("dataset", dataset, "name", _is_name(dataset.name), "letters, digits, - and _"),
            ("dataset", dataset, "source", bool(dataset.source), 'a file, a folder, a URL, or "simulator"'),
            ("dataset", dataset, "id", bool(dataset.id), "the name of a column"),
            ("dataset", dataset, "target", bool(dataset.target or definition.events), _TARGET),
            ("dataset", dataset, "horizon_days", dataset.horizon_days >= 1, "1 day or more"),
            ("dataset", dataset, "prior", 0 <= dataset.prior < 1, _PRIOR),
        )
        if not fits
    ]


_PRIOR = "a share of leavers above 0 and below 1, or 0: as in the data"
_TARGET = "the name of a column, or a section [events] that makes the label"


def _is_name(name: str) -> bool:
    return name.replace("-", "").replace("_", "").isalnum()


def _of_source(source: Reading) -> list[str]:
    rules = (
        ("delimiter", _is_mark(source.delimiter), "one character"),
        ("quote", _is_mark(source.quote), "one character"),
        ("decimal", source.decimal in ("", ".", ","), "a point or a comma"),
        ("encoding", _is_encoding(source.encoding), 'one that Python knows, such as "utf-8" or "latin-1"'),
    )
    problems = [f"`{key}` is {getattr(source, key)!r}; expected {wanted}" for key, fits, wanted in rules if not fits]
    if source.delimiter and source.delimiter == source.quote:
        problems.append(f"`delimiter` and `quote` are both {source.quote!r}; expected two")
    return problems


def _is_mark(text: str) -> bool:
    return len(text) <= 1 and text not in ("\n", "\r", "\0")


def _is_encoding(name: str) -> bool:
    import codecs

    try:
        return not name or codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def _of_column(column: Column) -> list[str]:
    bounds = [bound for bound in (column.low, column.high) if bound is not None]
    rules = (
        (column.type in ("", *COLUMN_TYPES), f"`type` is {column.type!r}; expected one of {', '.join(COLUMN_TYPES)}"),
        (not bounds or column.type in ("", "number"), f"`low` and `high` are for numbers, not for a {column.type}"),
        (not column.values or column.type in ("", "category"), f"`values` are for categories, not for a {column.type}"),
        (not column.format or column.type in ("", "date"), f"`format` is for dates, not for a {column.type}"),
        (not column.format or "%" in column.format, f"`format` is {column.format!r}; expected one like '%d/%m/%Y'"),
        (not (column.format and (bounds or column.values)), "has a `format` of dates, and bounds or `values`"),
        (not (bounds and column.values), "has bounds and `values`; expected one of them"),
        (all(map(isfinite, bounds)), f"`low` and `high` are {column.low!r} and {column.high!r}; expected finite ones"),
        (bounds == sorted(bounds), f"`low` is {column.low!r}, above `high`, {column.high!r}"),
        (0 <= column.max_missing <= 1, f"`max_missing` is {column.max_missing!r}; expected a share, 0 to 1"),
    )
    return [problem for fits, problem in rules if not fits]
