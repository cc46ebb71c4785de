"""The contract of a table: what every row must hold. It is made of the definition and of what the values show."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from churn_mlops.archive.moment import present
from churn_mlops.config import SIMULATOR, Column, Definition, named_columns
from churn_mlops.data.deciding import Kind, decide_kinds
from churn_mlops.data.notation import PLAIN, Notation
from churn_mlops.errors import MissingColumns


@dataclass(frozen=True)
class Rule:
    """What a column must hold. Kinds: number, category, boolean, date; bounds are inclusive and for numbers.

    `values` are the only categories there may be; empty: any. `latest` is the last moment that a date may name.
    """

    kind: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    notation: Notation = PLAIN
    latest: datetime | None = None
    max_missing: float = 1.0


@dataclass(frozen=True)
class Contract:
    """The rules of one table by column, and which of its rows may not stand there twice.

    `unique` names the columns that together occur once; `target` the one in which rows with the same of these may not
    differ; with `whole` no row equals another. `expected` are reasons that count as no fault of the table.
    """

    table: str
    rules: dict[str, Rule] = field(default_factory=dict)
    unique: tuple[str, ...] = ()
    target: str = ""
    whole: bool = False
    expected: tuple[str, ...] = ()

    def expects(self, reason: str) -> bool:
        """Whether the definition says that rows will have to be set aside for this."""
        return reason.startswith(self.expected) if self.expected else False


SAME, MISSING = "the same as row", "is missing"


def make_contract(definition: Definition, name: str, table, first_rows, decimal: str = ".", today=None) -> Contract:
    """The contract of one table of a dataset: `table` lazily, `first_rows` as DataFrame, to see what its values are.

    Raises MissingColumns for a column that the definition names and the table does not have.
    """
    if definition.dataset.source == SIMULATOR:
        return _subscriptions(definition, name, table, first_rows)
    _check_columns(definition, table, name)
    told = {name: _told(definition, name) for name in table.columns}
    kinds = decide_kinds(table, first_rows, {n: k for n, k in told.items() if k}, decimal, name)
    rules = {column: _rule(definition.columns.get(column, Column()), kind) for column, kind in kinds.items()}
    rules |= _keys(definition, rules, today or present().replace(tzinfo=None))
    return _with_repeats(definition, Contract(name, rules))


def _subscriptions(definition: Definition, name: str, table, first_rows) -> Contract:
    """Of a table of the simulator: no negative number, a customer in each row, in two tables once."""
    id = definition.dataset.id
    kinds = decide_kinds(
        table, first_rows, {n: Kind("category") for n in table.columns if table[n].type().is_string()}, ".", name
    )
    rules = {column: Rule(kind.kind, required=column == id) for column, kind in kinds.items()}
    rules |= {column: replace(rule, low=0) for column, rule in rules.items() if rule.kind == "number"}
    return Contract(name, rules, unique=(id,) if name in ("customers", "cancellations") else ())


def _check_columns(definition: Definition, table, name: str) -> None:
    dataset, events = definition.dataset, definition.events
    own = named_columns(events) if events else [dataset.target, *[dataset.snapshot_date] * bool(dataset.snapshot_date)]
    looked_at = () if events else dataset.slices  # of a log they are features, which are made later
    named = [dataset.id, *own, *dataset.drop, *looked_at, *definition.columns]
    missing = [column for column in dict.fromkeys(named) if column not in table.columns]
    if missing:
        raise MissingColumns(missing, name, table.columns)


def _told(definition: Definition, name: str) -> Kind | None:
    """The kind that the definition gives a column: by its role, its type, or the rules that only one kind has."""
    dataset, events, column = definition.dataset, definition.events, definition.columns.get(name, Column())
    if name in (dataset.id, dataset.target):
        return Kind("category")
    if name == (events.time if events else dataset.snapshot_date):
        return Kind("date", Notation(format=column.format))
    bounded = column.low is not None or column.high is not None
    kind = column.type or ("number" if bounded else "category" if column.values else "date" if column.format else "")
    if not kind and events and name in (events.amount, events.quantity, events.price):
        kind = "number"
    hidden = name in dataset.drop and name not in (*definition.sensitive, *dataset.slices)
    if not kind and (hidden or (events and name in (events.order, events.item, events.kind))):
        kind = "category"
    return Kind(kind, Notation(format=column.format)) if kind else None


def _rule(column: Column, kind: Kind) -> Rule:
    return Rule(
        kind.kind,
        column.required,
        column.low,
        column.high,
        column.values,
        kind.notation,
        max_missing=column.max_missing,
    )


def _keys(definition: Definition, rules: dict[str, Rule], today: datetime) -> dict[str, Rule]:
    """The rules of what a row is about: whose it is, and from when; a day more than today, for other time zones."""
    dataset, events = definition.dataset, definition.events
    moment = events.time if events else dataset.snapshot_date
    keys = {dataset.id: replace(rules[dataset.id], required=True)}
    if moment:
        latest = today.replace(hour=23, minute=59, second=59, microsecond=999_999) + timedelta(days=1)
        keys[moment] = replace(rules[moment], required=True, latest=latest)
    return keys


def _with_repeats(definition: Definition, contract: Contract) -> Contract:
    dataset, events = definition.dataset, definition.events
    if not events:
        unique = (dataset.id, *[dataset.snapshot_date] * bool(dataset.snapshot_date))
        return replace(contract, unique=unique, target=dataset.target)
    twice = events.duplicates == "set aside"
    unknown = [f"{dataset.id} {MISSING}"] if events.missing_id == "set aside" else []
    return replace(contract, whole=twice, expected=(*unknown, *[SAME] * twice))


def contracts_table(contracts: list[Contract]):
    """The rules as a table for readers: one row a column of each table."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "table": contract.table,
                "column": column,
                "kind": rule.kind,
                "read as": rule.notation.told,
                "required": "yes" if rule.required else "",
                "allowed": _allowed(rule),
                "unique": "yes" if column in contract.unique else "",
            }
            for contract in contracts
            for column, rule in contract.rules.items()
        ]
    )


def _allowed(rule: Rule) -> str:
    if rule.values:
        return ", ".join(rule.values[:4]) + f" and {len(rule.values) - 4} more" * (len(rule.values) > 4)
    bounds = ((rule.low, "{:g} or more"), (rule.high, "{:g} or less"))
    told = [shape.format(bound) for bound, shape in bounds if bound is not None]
    told += [f"until {rule.latest:%Y-%m-%d}"] if rule.latest else []
    return ", ".join(told + [f"at most {rule.max_missing:.0%} missing"] * (rule.max_missing < 1))
