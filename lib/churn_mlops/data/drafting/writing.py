"""The definition as a commented TOML file."""

from dataclasses import dataclass

from churn_mlops.config import Column
from churn_mlops.data.drafting.roles import Roles
from churn_mlops.data.drafting.toml import beside, comment, inline, key, value


@dataclass(frozen=True)
class Content:
    """All that a definition says, and what stands beside it."""

    name: str
    source: str  # as the definition is to name it
    table: str
    query: str
    roles: Roles
    rows: int
    left_out: dict[str, str]  # columns and why
    rules: dict[str, Column]
    remarks: dict[str, str]  # beside the rules
    notes: tuple[str, ...]  # how the source is written
    currency: str
    command: str
    unsure: tuple[str, ...]


def as_toml(content: Content) -> str:
    """The text of the file."""
    parts = (_head(content), _dataset(content), _source(content), _columns(content), _money(content))
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _head(content: Content) -> list[str]:
    lines = [
        f"# A first definition of `{content.name}`: `python pipeline.py init` looked at its {content.rows:,} rows.",
        "# Read it once: what was guessed says so, and money is made up. What each key means: docs/configuration.md.",
        f"# {content.command}",
    ]
    lines += [f"# How it is written was found out: {', '.join(content.notes)}."] * bool(content.notes)
    lines += ["#", "# Not sure:"] * bool(content.unsure) + [f"# - {doubt}" for doubt in content.unsure]
    return list(map(comment, lines))


def _dataset(content: Content) -> list[str]:
    roles, lines = content.roles, ["[dataset]", f"name = {value(content.name)}"]
    lines.append(
        beside(f"source = {value(content.source)}", "" if "://" in content.source else "from this file's folder")
    )
    lines += [f"table = {value(content.table)}"] * bool(content.table)
    lines += [f"query = {value(content.query)}"] * bool(content.query)
    lines.append(beside(f"id = {value(roles.id)}", "the row's number, for want of a name" * roles.numbered))
    left = f"{roles.positive} means: has left, {roles.share:.1%} of the rows"
    lines.append(beside(f"target = {value(roles.target)}", left * roles.truth))
    lines += [beside(f"positive = {value(roles.positive)}", left)] * (not roles.truth)
    if roles.time:
        lines.append(beside(f"snapshot_date = {value(roles.time)}", "what a row says was known on that day"))
        lines.append(beside("horizon_days = 30", "guessed: days after it in which leaving counts as churn"))
    if content.left_out:
        lines.append(beside("drop = [", "columns that no model sees"))
        lines += [beside(f"    {value(name)},", reason) for name, reason in content.left_out.items()]
        lines.append("]")
    return lines


def _source(content: Content) -> list[str]:
    if not content.roles.numbered:
        return []
    return ["[source]", beside(f"number_rows = {value(content.roles.id)}", "a column with the number of each row")]


def _columns(content: Content) -> list[str]:
    if not content.rules:
        return []
    lines = [beside("[columns]", "what a column may hold; a row that holds something else is set aside")]
    for name, rule in content.rules.items():
        fields = {"type": rule.type, "low": rule.low, "values": rule.values, "unit": rule.unit}
        told = {field: thing for field, thing in fields.items() if thing is not None and thing not in ("", ())}
        lines.append(beside(f"{key(name)} = {inline(told)}", content.remarks.get(name, "")))
    return lines


def _money(content: Content) -> list[str]:
    return [
        beside("[money]", "made up: whom it is worth contacting depends on these, so put in your own,"),
        beside("", "each a number for all, or the name of a feature that holds it customer by customer"),
        beside("value_kept = 300", "what a customer who stays is worth over the next year"),
        beside("offer_cost = 15", "what contacting one customer with an offer costs"),
        beside("success_rate = 0.25", "share of would-be leavers whom the offer keeps"),
        f"currency = {value(content.currency)}",
    ]
