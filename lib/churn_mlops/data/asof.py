"""What was known on a day: the one door through which a run that looks back sees its data.

A moment counts as known on a day when it is that day's midnight or earlier, and a date without an hour is its
midnight: the same rule by which a snapshot knows its own date. Nothing here decides what a value in a row that was
known says about days to come: the end of a contract stays, and the leak check looks at it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from churn_mlops.archive.moment import present
from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.errors import CheckError, ConfigError, DataError


@dataclass(frozen=True)
class Known:
    """When a row of a table became known, and which of its values came later, each by the column with its moment."""

    row: str  # empty: at all times
    later: tuple[tuple[str, str], ...] = ()  # (value, moment) by column
    days_after: str = ""  # "horizon": known so many days after the moment in `row`


_KEPT = "known in time"  # a column for the time being

SUBSCRIPTIONS = {
    "customers": Known("signup_date"),
    "plans": Known(""),
    "prices": Known("month"),
    "contracts": Known("start"),
    "payments": Known("due", later=(("paid_on", "paid_on"),)),
    "usage": Known("known_on"),
    "contacts": Known("date"),
    "cancellations": Known("cancelled_on"),
    "truth": Known("snapshot_date", days_after="horizon"),
}


def as_known(definition: Definition, as_of: str) -> Definition:
    """The definition of a run that looks at its data as of a day; without one, as it stands.

    Raises ConfigError for what is no day, for one that has not come yet, and for data that has no time.
    """
    if not as_of:
        return definition
    day = _day(as_of)
    if day is None or day.isoformat() != as_of:
        raise ConfigError(f"as of {as_of!r}: not a day. Cure: one like 2026-03-31.")
    if not _has_time(definition):
        raise ConfigError(_timeless(definition, as_of))
    first, last = _span(definition)
    if not first <= day <= last:
        raise ConfigError(f"as of {as_of}: expected a day from {first} to {last}, which data can be of.")
    return replace(definition, as_of=as_of)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _span(definition: Definition) -> tuple[date, date]:
    """The days that can be looked back from: those of the simulation, or all until today."""
    if definition.dataset.source != SIMULATOR:
        return date(1900, 1, 1), present().date()
    from churn_mlops.data.simulator import SimulatorSettings

    settings = SimulatorSettings.from_dict(definition.simulator)
    first = date.fromisoformat(settings.start)
    months = first.year * 12 + first.month - 1 + settings.months
    return first, date(months // 12, months % 12 + 1, 1)


def check_time(definition: Definition, asked: str) -> None:
    """Raise ConfigError where nobody can look back, because the rows say nowhere when they were known."""
    if not _has_time(definition):
        raise ConfigError(
            f"{asked}: the rows of `{definition.dataset.name}` say nowhere when they were known, so there is no past "
            "to go through. Cure: name the column that does as snapshot_date under [dataset], or describe a log under "
            "[events]."
        )


def _has_time(definition: Definition) -> bool:
    return bool(definition.dataset.snapshot_date or definition.dataset.source == SIMULATOR)


def _timeless(definition: Definition, as_of: str) -> str:
    return (
        f"as of {as_of}: the rows of `{definition.dataset.name}` say nowhere when they were known. Cure: name "
        "the column that does as snapshot_date under [dataset], or run without --as-of."
    )


def as_of_tables(definition: Definition, tables: dict, as_of: str = "") -> dict:
    """The Ibis tables without what was not known yet on the day: rows, later values of rows, and open labels.

    `as_of` in place of the definition's own day; without either the tables are returned as they are. A row whose
    moment cannot be read stays: the contract sets it aside. Raises DataError where no row is left.
    """
    as_of = as_of or definition.as_of
    if not as_of:
        return tables
    if not _has_time(definition):
        raise DataError(_timeless(definition, as_of))
    known = known_on(definition, tables, datetime.fromisoformat(as_of))
    _check_rows(definition, tables, known, as_of)
    return known


def known_on(definition: Definition, tables: dict, moment: datetime) -> dict:
    """The Ibis tables as they were known at a moment, whether or not anything was."""
    return {name: _known_rows(table, _rule(definition, name), definition, moment) for name, table in tables.items()}


def as_of_source(definition: Definition, source):
    """The same for a `Source` that was opened: what 01_data reads has passed this door."""
    return replace(source, tables=as_of_tables(definition, source.tables))


def _rule(definition: Definition, table: str) -> Known:
    dataset = definition.dataset
    if dataset.source == SIMULATOR:
        return SUBSCRIPTIONS[table]
    return Known(_moment_of_rows(definition), () if definition.events else ((dataset.target, ""),))


def _moment_of_rows(definition: Definition) -> str:
    return definition.events.time if definition.events else definition.dataset.snapshot_date


def _known_rows(table, rule: Known, definition: Definition, moment: datetime):
    """The rows known at a moment, with the values that were."""
    import ibis

    if not rule.row:
        return table
    horizon = timedelta(days=definition.dataset.horizon_days)
    row, masked = as_moment(table, rule.row, definition), {}
    for value, when in rule.later:  # a label is known when its horizon has closed
        told = as_moment(table, when, definition) <= moment if when else row <= moment - horizon
        masked[value] = told.fill_null(False).ifelse(table[value], ibis.null(table[value].type()))
    known = row <= moment - (horizon if rule.days_after else timedelta(0))
    kept = (known | row.isnull()).name(_KEPT)
    return table.mutate(kept, **masked).filter(lambda rows: rows[_KEPT]).drop(_KEPT)


def with_moments(definition: Definition, tables: dict) -> dict:
    """The Ibis tables with the moments of their rows read where they are texts: for readers, nothing is refused."""
    return {name: _with_moment(table, _rule(definition, name).row, definition) for name, table in tables.items()}


def _with_moment(table, when: str, definition: Definition):
    if when not in table.columns or not table[when].type().is_string():
        return table
    try:
        return table.mutate(as_moment(table, when, definition).name(when))
    except DataError:  # days that can be read in two ways: the contract asks for their format
        return table


def as_moment(table, name: str, definition: Definition):
    """A column of dates, moments or texts as moments, in UTC; missing where a text is neither.

    Texts are read as the contract reads them: what comes first in 01/02/2024 is decided over the whole column.
    """
    column = table[name]
    if not column.type().is_string():
        return column.cast("timestamp")
    notation, text = _notation(table, name, definition), column.strip()
    if notation.format:
        return _strptime()(text, notation.format)
    order = r"\3-\1-\2" if notation.first == "month" else r"\3-\2-\1"
    text = text.re_replace(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})", order)
    return text.try_cast("timestamp('UTC')").cast("timestamp")


def _notation(table, name: str, definition: Definition):
    from churn_mlops.data.deciding import Kind, decide_kinds
    from churn_mlops.data.notation import Notation

    told = definition.columns.get(name)
    kind = Kind("date", Notation(format=told.format if told else ""))
    first = table.select(name).limit(1).to_pyarrow().to_pandas()
    return decide_kinds(table.select(name), first, {name: kind}, ".", definition.dataset.name)[name].notation


def _strptime():
    """DuckDB's own function: texts that are to be read come from its files only."""
    import ibis
    from ibis.expr.datatypes import timestamp

    def try_strptime(text: str, form: str):
        """Missing where the text has not that form."""

    try_strptime.__annotations__ = {"text": str, "form": str, "return": timestamp}
    return ibis.udf.scalar.builtin(try_strptime)


def _check_rows(definition: Definition, tables: dict, known: dict, as_of: str) -> None:
    """Raise DataError where nothing of the table that tells the time was known yet."""
    name = "customers" if definition.dataset.source == SIMULATOR else next(iter(tables))
    if known[name].limit(1).count().to_pyarrow().as_py():
        return
    column = _rule(definition, name).row
    first = as_moment(tables[name], column, definition).min().to_pyarrow().as_py()
    raise DataError(f"as of {as_of}: no row was known; the first `{column}` is {first}. Cure: a later day.")


def check_known(definition: Definition, dates, labelled: bool, what: str) -> None:
    """Raise CheckError where rows of a stage are later than its day, or have a label whose horizon was still open.

    `dates` is a Series of snapshot dates, or None.
    """
    if not definition.as_of or dates is None or not len(dates):
        return
    import pandas as pd

    reach = pd.Timedelta(days=definition.dataset.horizon_days if labelled else 0)
    if (late := int((dates + reach > pd.Timestamp(definition.as_of)).sum())) == 0:
        return
    why = "have labels whose horizon was open" if labelled else "were not known"
    raise CheckError(
        f"{what}: {late:,} of {len(dates):,} rows {why} on {definition.as_of}, the day this run looks from."
    )
