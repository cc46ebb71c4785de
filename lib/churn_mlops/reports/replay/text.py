"""A replay for the terminal: what to do, the policies as a table, the criteria, and the TOML to paste."""

from churn_mlops.reports.formats import MISSING, money
from churn_mlops.reports.replay import words

_HEAD = ("", "policy", "profit", "more than never", "trainings", "alerts", "false", "changes noticed")
_MET = {True: "yes", False: "no", None: "not known"}


def text(replay: dict, comparison: dict) -> str:
    """The recommendation first, as on the page."""
    first, last = replay["months"][0], replay["months"][-1]
    title = f"Replay of {replay['dataset']}, {words.month(first)} to {words.month(last)}"
    parts = [title, "\n".join(words.recommendation(comparison)), _policies(comparison), _criteria(comparison)]
    toml = comparison["recommended"]["toml"].strip()
    if toml:
        parts.append(f"To take it, put this into the dataset's definition:\n\n{toml}")
    return "\n\n".join(part for part in parts if part)


def _policies(comparison: dict) -> str:
    chosen, policies = comparison["recommended"]["policy"], comparison["policies"]
    rows = (_row(name, policies[name], chosen, comparison["currency"]) for name in words.ordered(comparison))
    return aligned([_HEAD, *rows])


def _row(name: str, policy: dict, chosen: str | None, currency: str) -> tuple[str, ...]:
    more, changes = policy["vs_never"], policy["changes"]
    ends = more and words.between(more, currency, words.signed)
    noticed = sum(change["noticed"] is not None for change in changes)
    return (
        "*" if name == chosen else "",
        name,
        money(policy["net"]["value"], currency),
        MISSING if more is None else words.signed(more["value"], currency) + (f" ({ends})" if ends else ""),
        str(policy["retrainings"]),
        str(policy["alerts"]),
        MISSING if policy["false_alarms"] is None else str(len(policy["false_alarms"])),
        f"{noticed} of {len(changes)}",
    )


def _criteria(comparison: dict) -> str:
    rows = [(_MET[row["met"]], row["name"], row["wanted"], row["seen"]) for row in comparison["criteria"]]
    return aligned([("drift policy", "", "wanted", "seen"), *rows]) if rows else ""


def aligned(lines: list[tuple[str, ...]]) -> str:
    """Columns of text side by side."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)
