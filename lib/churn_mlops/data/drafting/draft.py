"""From the data to a draft of its definition."""

import re
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.data.drafting.judging import doubts, remark, rule_for, useless
from churn_mlops.data.drafting.leaks import suspects
from churn_mlops.data.drafting.roles import find_roles
from churn_mlops.data.drafting.seen import look
from churn_mlops.data.drafting.words import currency_of
from churn_mlops.data.drafting.writing import Content, as_toml
from churn_mlops.data.sources import TABLE, name_of, open_source, relative_to


@dataclass(frozen=True)
class Asked:
    """What to look at, and what its owner has said of it."""

    location: str
    target: str = ""
    id: str = ""
    time: str = ""
    table: str = ""
    query: str = ""


@dataclass(frozen=True)
class Draft:
    """A definition as text, what it decides, and what it is not sure of."""

    text: str
    decided: tuple[str, ...]
    unsure: tuple[str, ...]


def dataset_name(asked: Asked) -> str:
    """A name for the dataset: that of the table or the file."""
    given = asked.table.rpartition(".")[2] or name_of(asked.location).split(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "_", given).strip("_") or "dataset"


def make_draft(asked: Asked, name: str, output: Path, command: str) -> Draft:
    """Look at the data and write down what it seems to be; raises DataError where it is no table of customers."""
    dataset = Dataset(name, asked.location, id=asked.id, target=asked.target, table=asked.table, query=asked.query)
    source = open_source(Definition(dataset, Money(1, 0, 1)), asked.location)
    table = source.tables[TABLE]
    seen = look(table, source.decimal)
    roles = find_roles(table, seen, asked.target, asked.id, asked.time, asked.location)
    others = [column for column in seen if column.name not in (roles.id, roles.target, roles.time)]
    left_out = {column.name: reason for column in others if (reason := useless(column))}
    left_out |= suspects(table, [c for c in others if c.name not in left_out], roles, source.decimal)
    used = [column for column in others if column.name not in left_out]
    currency = currency_of([column.name for column in seen])
    rules = {column.name: rule_for(column, currency) for column in used}
    unsure = [*roles.unsure, *doubts(used, roles, rules)]
    unsure += [f"{len(source.rejected):,} rows do not have the fields of the header"] * bool(len(source.rejected))
    unsure += ["which currency: EUR is a guess"] * (not currency) + ["money: all of it is made up"]
    decided = [*source.notes, *roles.decided, *(f"left out: `{n}`, {reason}" for n, reason in left_out.items())]
    decided.append(f"{len(used)} columns for a model: {_counted(rules)}")
    content = Content(
        name=name,
        source=relative_to(asked.location, output.parent),
        table=asked.table,
        query=asked.query,
        roles=roles,
        rows=seen[0].rows,
        left_out=left_out,
        rules=rules,
        remarks={column.name: remark(column, rules[column.name]) for column in used},
        notes=source.notes,
        currency=currency or "EUR",
        command=command,
        unsure=tuple(unsure),
    )
    return Draft(as_toml(content), tuple(decided), tuple(unsure))


def _counted(rules) -> str:
    kinds = [rule.type for rule in rules.values()]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "none"
