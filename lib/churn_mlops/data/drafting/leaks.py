"""Columns that say too much about the target: a simple screen, before the thorough check that precedes training.

Everything is counted by DuckDB. A column is suspect when it alone tells the classes nearly apart, when it is filled for
one class only, or when its dates lie after the snapshot.
"""

from dataclasses import dataclass
from math import log

from churn_mlops.data.drafting.roles import Roles
from churn_mlops.data.drafting.seen import Seen, day_of, number_of, text_of
from churn_mlops.data.drafting.words import is_after
from churn_mlops.data.engine import connect, quoted, run

TELLS_APART = 0.99  # ROC AUC of a column alone that no honest one has
TELLS_APART_BY_NAME = 0.8  # the same for one whose name speaks of leaving
_ROWS_A_LEVEL = 5  # a category with fewer rows a level tells classes apart by chance
_CHANCE = log(1e-6)  # filled rows of one class only are no chance below this
_LATER_SHARE = 0.01  # of dates that lie after the snapshot


@dataclass(frozen=True)
class Told:
    """What one column tells of the target."""

    auc: float  # of the column alone, 0.5 to 1
    filled_left: int  # rows with a value, of those who left
    filled_stayed: int
    later: int  # dates after the snapshot


def suspects(table, columns: list[Seen], roles: Roles, decimal: str) -> dict[str, str]:
    """The columns that should not be shown to a model, with the reason."""
    source = f"({connect().compile(table)})"
    found = {}
    for column in columns:
        reason = _reason(column, _told(source, column, roles, decimal), roles)
        if reason:
            found[column.name] = reason
    return found


def _told(source: str, column: Seen, roles: Roles, decimal: str) -> Told:
    """Values with how many left and stayed, in order; the area under the curve is summed over them."""
    left = f"{text_of(roles.target)} = {quoted(roles.positive)}"
    later = f"{day_of(column.name)} > {day_of(roles.time)}" if roles.time and column.kind == "date" else "false"
    value, order = _ordered(column, decimal)
    query = f"""
        WITH levels AS (
            SELECT {value} AS value, count(*) FILTER ({left}) AS p, count(*) FILTER (NOT {left}) AS n,
                count(*) FILTER ({later}) AS later
            FROM {source} WHERE {text_of(roles.target)} IS NOT NULL GROUP BY 1
        ), ranked AS (SELECT *, sum(n) OVER (ORDER BY {order}, value ROWS UNBOUNDED PRECEDING) AS below FROM levels)
        SELECT coalesce(sum(p * (below - n / 2)) / nullif(sum(p) * sum(n), 0), 0.5),
            coalesce(sum(p) FILTER (value IS NOT NULL), 0), coalesce(sum(n) FILTER (value IS NOT NULL), 0), sum(later)
        FROM ranked
    """
    auc, p, n, later = run(query)[0]
    return Told(max(auc, 1 - auc), p, n, later)


def _ordered(column: Seen, decimal: str) -> tuple[str, str]:
    """SQL of the value and of its order: numbers and dates by size, categories by the share that left."""
    if column.kind == "number":
        kind = "" if decimal == "," else "number"
        return number_of(column.name, kind, decimal), "value"
    if column.kind == "date":
        return day_of(column.name), "value"
    return text_of(column.name), "p / (p + n)"


def _reason(column: Seen, told: Told, roles: Roles) -> str:
    if column.missing and (only := _only_for(told, roles.share)):
        return f"filled for {only} only: it was not known before"
    enough = column.kind in ("number", "date") or column.filled >= _ROWS_A_LEVEL * column.distinct
    if told.auc >= TELLS_APART and enough:
        return f"tells the classes apart alone (ROC AUC {told.auc:.3f}): a copy of the target, or known only after it"
    if told.auc >= TELLS_APART_BY_NAME and enough and is_after(column.name):
        return f"its name speaks of leaving, and alone it has a ROC AUC of {told.auc:.2f}: known only afterwards?"
    if told.later > _LATER_SHARE * column.filled:
        return f"{told.later:,} of its dates lie after the snapshot: not known then"
    return ""


def _only_for(told: Told, share: float) -> str:
    """The class for which alone a column is filled, where that is not chance."""
    if told.filled_left and not told.filled_stayed and told.filled_left * log(max(share, 1e-9)) < _CHANCE:
        return "those who left"
    if told.filled_stayed and not told.filled_left and told.filled_stayed * log(max(1 - share, 1e-9)) < _CHANCE:
        return "those who stayed"
    return ""
