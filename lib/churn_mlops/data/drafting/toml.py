"""TOML that parses again whatever stands in names, values and comments."""

import re

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def value(thing) -> str:
    """A text, truth, number or list of them as TOML."""
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, str):
        return '"' + "".join(map(_character, thing)) + '"'
    if isinstance(thing, list | tuple):
        return "[" + ", ".join(map(value, thing)) + "]"
    return f"{thing:g}" if isinstance(thing, float) and thing.is_integer() and abs(thing) < 1e15 else repr(thing)


def key(name: str) -> str:
    """A name as a key."""
    return name if _BARE.fullmatch(name) else value(name)


def inline(fields: dict) -> str:
    """An inline table."""
    return "{" + ", ".join(f"{key(name)} = {value(thing)}" for name, thing in fields.items()) + "}"


def comment(text: str) -> str:
    """A text as the rest of a comment: one line, without what no comment may hold."""
    return "".join(c if c == " " or c.isprintable() else " " for c in text)


def beside(line: str, remark: str, at: int = 34) -> str:
    """A line with a comment beside it, all at one column where that is possible."""
    return f"{line.ljust(at)}  # {comment(remark)}" if remark else line


def _character(mark: str) -> str:
    if mark in _ESCAPES:
        return _ESCAPES[mark]
    code = ord(mark)
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"  # half a character has no TOML
    if mark.isprintable():
        return mark
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
