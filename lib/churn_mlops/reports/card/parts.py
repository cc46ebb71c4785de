"""What a model card is made of: sections of blocks, all plain data, so that it can be drawn in any form.

A piece of text is a string, one of the named pieces below, or a list of these.
"""

import re

from churn_mlops.reports.formats import is_number, number


def section(anchor: str, title: str, *blocks: dict | None) -> dict:
    """A part of the card; blocks that are None have nothing to say."""
    return {"anchor": anchor, "title": title, "blocks": [block for block in blocks if block]}


def text(*pieces) -> dict:
    """A paragraph."""
    return {"kind": "text", "text": list(pieces)}


def missing(what: str, stage: str = "") -> dict:
    """Something that this run does not have, with the stage that would make it."""
    return {"kind": "missing", "text": f"{what}{f': {stage} makes it' if stage else ''}."}


def named(rows) -> dict | None:
    """Names and values, one a line; those without a value are left out."""
    rows = [[name, value] for name, value in rows if value not in (None, "", [])]
    return {"kind": "named", "rows": rows} if rows else None


def items(*entries) -> dict | None:
    """A list of short statements."""
    entries = [entry for entry in entries if entry]
    return {"kind": "items", "items": entries} if entries else None


def table(heads: list[str], rows: list[list], numbers: str = "", note: str = "", fold: str = "") -> dict | None:
    """A table; `numbers` has an `n` for each column that is set to the right: "-nn". None without rows.

    With `fold`, the words that stand for it, a page shows it when it is asked for.
    """
    kinds = [kind == "n" for kind in numbers.ljust(len(heads), "-")]
    return (
        {"kind": "table", "heads": heads, "numbers": kinds, "rows": rows, "note": note, "fold": fold} if rows else None
    )


def command(*lines: str) -> dict:
    """What to type, line by line."""
    return {"kind": "command", "lines": list(lines)}


def code(value) -> dict:
    """A name as it stands in the data or in a file."""
    return {"code": str(value)}


def link(words: str, href: str) -> dict:
    """A link to another file of the run."""
    return {"link": words, "href": href}


def sign(kind: str, words: str) -> dict:
    """A result in words and a colour: good, bad, warn or soft."""
    return {"sign": kind, "text": words}


def ticked(words: str) -> list:
    """A sentence whose `names` are set as code."""
    return [code(part) if i % 2 else part for i, part in enumerate(re.split(r"`([^`]+)`", words)) if part]


def listed(pieces: list, between: str = ", ") -> list:
    """Pieces one after the other, with commas."""
    return [part for i, piece in enumerate(pieces) for part in ([between, piece] if i else [piece])]


def span(low, high, write=number) -> str:
    """An interval in words; empty where there is none."""
    return f"{write(low)} to {write(high)}" if is_number(low) and is_number(high) else ""


def signed(value, write=number) -> str:
    """A difference, which shows the way it goes."""
    return f"+{write(value)}" if is_number(value) and value > 0 else write(value)
