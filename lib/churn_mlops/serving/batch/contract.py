"""What every row to be scored must hold: made of the model's signature and of the definition it was trained by."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from churn_mlops.config import SIMULATOR, Column, Definition
from churn_mlops.data.contract import Contract, Rule
from churn_mlops.data.deciding import Kind, decide_kinds
from churn_mlops.data.notation import DAYS, ISO, TRUTHS, Notation
from churn_mlops.errors import DataError, MissingColumns
from churn_mlops.features.signature import MISSING, Signature
from churn_mlops.serving.batch.pieces import cut, read
from churn_mlops.serving.batch.source import Input

LOOK = 10_000  # first rows, that show how texts are written
_READABLE = ("is_string", "is_numeric", "is_boolean", "is_timestamp", "is_date")  # what a column's type may be


def make_contract(definition: Definition, signature: Signature, given: Input) -> Contract:
    """The contract of a table with the columns of the signature, as they are in the data or as features.

    Values that training has not seen keep it; bounds and values that the definition names do not have exceptions.
    Raises MissingColumns, or DataError for a column whose type can be none of what the model reads.
    """
    wanted = keys(signature) + signature.names
    if missing := [name for name in wanted if name not in given.names]:
        raise _missing(definition, given, missing)
    table = given.table.select(*wanted)
    first = next(read(cut(given.files)[0], {name: given.names[name] for name in wanted})).slice(0, LOOK).to_pandas()
    told = {name: Kind("category") for name in keys(signature)[:1]}
    told |= {name: Kind("date", _notation(definition, name)) for name in keys(signature)[1:]}
    for column in signature.columns:
        told[column.name] = _kind(definition, signature, column, table[column.name].type(), first[column.name], given)
    kinds = decide_kinds(table, first, told, given.decimal, given.name)
    rules = {name: _rule(definition, name, kinds[name]) for name in wanted}
    rules |= _money(definition, rules)
    rules |= _keys(definition, signature, rules)
    return Contract(given.name, rules, unique=tuple(keys(signature)))


def keys(signature: Signature) -> list[str]:
    """The columns that say whose row it is, and of which day."""
    return [signature.id] + [signature.snapshot_date] * bool(signature.snapshot_date)


def _missing(definition: Definition, given: Input, missing: list[str]) -> DataError:
    if definition.dataset.source != SIMULATOR and not definition.events:
        cure = "the columns that the model was trained with, see its signature.json; a target is not needed"
        return MissingColumns(missing, given.name, given.names, cure)
    shown = ", ".join(f"`{name}`" for name in missing[:4]) + ", ..." * (len(missing) > 4)
    return DataError(
        f"{given.name}: no column {shown}. The model of `{definition.dataset.name}` reads features that are made from "
        "events as of a day, one row a customer; this is no table of them. Cure: python pipeline.py run --as-of DAY: "
        "its artifacts/scores.parquet has every score, and its artifacts/active.parquet can be scored here."
    )


def _kind(definition: Definition, signature: Signature, column, kind, values, given: Input) -> Kind:
    """What the column is read as: what the signature says of it, however the file holds it."""
    where, name = f"{given.name}: column `{column.name}`", column.name
    if not any(getattr(kind, test)() for test in _READABLE):
        raise DataError(f"{where} holds {kind}; expected a {column.kind}. Cure: one plain value a row.")
    if column.kind == "category":
        told = definition.columns.get(name, Column()).type == "boolean"
        return Kind("boolean" if told or kind.is_boolean() or _are_truths(column, values) else "category")
    dates = kind.is_timestamp() or kind.is_date()
    if dates and not (column.since or signature.snapshot_date):
        raise DataError(f"{where} holds dates; the model was trained with numbers. Cure: give the number.")
    if dates or (kind.is_string() and _like_dates(definition, name, values)):
        return Kind("date", _notation(definition, name))
    return Kind("number")


def _are_truths(column, values) -> bool:
    """Whether texts such as True and 0 stand for the yes and no that training made of truths."""
    levels = set(column.categories) - {MISSING}
    texts = set(values.dropna().astype("str").str.strip())
    return levels <= {"yes", "no"} and not texts & levels and {text.lower() for text in texts} <= set(TRUTHS)


def _notation(definition: Definition, name: str) -> Notation:
    return Notation(format=definition.columns.get(name, Column()).format)


def _like_dates(definition: Definition, name: str, values) -> bool:
    """Whether texts are dates: the definition says so, or most of them look like one."""
    told = definition.columns.get(name, Column())
    if told.type or told.format:
        return told.type == "date" or bool(told.format)
    filled = values.dropna().astype("str").str.strip()
    return bool((filled.str.match(ISO) | filled.str.match(DAYS)).mean() > 0.5) if len(filled) else False


def _rule(definition: Definition, name: str, kind: Kind) -> Rule:
    """The rule of one column; a bound on a number does not concern a date."""
    told = definition.columns.get(name, Column())
    bounds = {"low": told.low, "high": told.high} if kind.kind == "number" else {}
    values = told.values if kind.kind == "category" else ()
    return Rule(kind.kind, told.required, **bounds, values=values, notation=kind.notation)


def _money(definition: Definition, rules: dict[str, Rule]) -> dict[str, Rule]:
    """Columns that hold money are 0 or more, and a success rate is at most 1: profits are made of them."""
    found = {}
    for key, name in definition.money.columns.items():
        rule = found.get(name, rules[name])
        rule = replace(rule, low=max(rule.low or 0.0, 0.0))
        found[name] = replace(rule, high=min(rule.high or 1.0, 1.0)) if key == "success_rate" else rule
    return found


def _keys(definition: Definition, signature: Signature, rules: dict[str, Rule]) -> dict[str, Rule]:
    """Nobody's row cannot be scored, nor one of a day to come, but for the simulator's, whose days are its own."""
    found = {name: replace(rules[name], required=True) for name in keys(signature)}
    if signature.snapshot_date and definition.dataset.source != SIMULATOR:
        end = datetime.now(UTC).replace(tzinfo=None, hour=23, minute=59, second=59, microsecond=999_999)
        day = found[signature.snapshot_date]
        found[signature.snapshot_date] = replace(day, latest=end + timedelta(days=1))
    return found
