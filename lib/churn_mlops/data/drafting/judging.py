"""What becomes of each column that has no role: a rule for its values, or left out, with the reason."""

import re

from churn_mlops.config import Column
from churn_mlops.data.drafting.roles import Roles
from churn_mlops.data.drafting.seen import Seen
from churn_mlops.data.drafting.words import is_after, is_amount, is_code, unit_of

LISTED = 20  # categories with at most so many values list them
_INDEX = re.compile(r"__index_level_\d+__")
_MANY = 100  # so many levels, most of them rare, are no category


def useless(column: Seen) -> str:
    """Why no model can learn from a column: it is empty, constant, or names rows. Nothing where one can."""
    if not column.filled:
        return "empty"
    if _INDEX.fullmatch(column.name):
        return "the numbers of rows, which pandas has left in the file"
    if column.distinct == 1 and not column.missing:
        return f"constant: always {column.values[0][0]!r}"
    if column.kind == "date":
        return ""
    if column.is_unique and column.rows > 1 and (column.kind != "number" or (column.whole and is_code(column.name))):
        return "an identifier: another value in each row"
    if column.kind == "number" and column.whole and _counts_rows(column):
        return "the number of the row"
    if column.kind == "category" and column.distinct > _MANY and column.distinct > 0.5 * column.filled:
        return f"names or free text: {column.distinct:,} values in {column.filled:,} rows"
    return ""


def _counts_rows(column: Seen) -> bool:
    return column.is_unique and column.rows > 2 and column.high - column.low == column.rows - 1 and column.low in (0, 1)


def rule_for(column: Seen, currency: str) -> Column:
    """What a column may hold, by what it holds; bounds only where nothing else can be."""
    if column.kind == "number" and _names(column):
        return Column("category", values=tuple(sorted(value for value, _ in column.values)))
    if column.kind == "number":
        sound = column.low is not None and column.low >= 0 and (is_amount(column.name) or column.whole)
        return Column("number", unit=unit_of(column.name, currency), low=0 if sound else None)
    if column.kind == "category" and 0 < column.distinct <= LISTED:
        return Column("category", values=tuple(sorted(value for value, _ in column.values)))
    return Column(column.kind)


def _names(column: Seen) -> bool:
    """Whether numbers are names: 0 and 1 alone, or few of something that is looked up."""
    few = 0 < len(column.values) <= LISTED and column.whole
    return few and (
        {value for value, _ in column.values} <= {"0", "1"} or (is_code(column.name) and not is_amount(column.name))
    )


def remark(column: Seen, rule: Column) -> str:
    """What was seen, for the comment beside the rule."""
    parts = []
    if rule.type in ("number", "date") and column.low is not None:
        parts.append(
            f"{column.low:g} to {column.high:g}" if rule.type == "number" else f"{column.low} to {column.high}"
        )
    elif not rule.values:
        parts.append(f"{column.distinct:,} values")
    if column.missing:
        parts.append(f"{column.missing:,} of {column.rows:,} rows without a value")
    return "seen: " + "; ".join(parts) if parts else ""


def doubts(columns: list[Seen], roles: Roles, rules: dict[str, Column]) -> list[str]:
    """What a reader should look at: names that speak of leaving, categories of many levels, unclear kinds."""
    found = []
    for column in columns:
        if column.unsure:
            found.append(f"`{column.name}`: {column.unsure}")
        if is_after(column.name):
            found.append(f"`{column.name}`: its name speaks of leaving; was it known before?")
        if rules[column.name].type == "number" and is_code(column.name) and not is_amount(column.name):
            found.append(f'`{column.name}`: taken as a number; if it is a name, type = "category"')
        if column.kind == "category" and column.distinct > _MANY:
            found.append(f"`{column.name}`: {column.distinct:,} categories are many")
        if column.kind == "date" and not roles.time:
            found.append(
                f"`{column.name}`: a date, used as days since 2000; was it known at the same moment for everybody?"
            )
    return found
