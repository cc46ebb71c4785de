"""JSON that anybody may have written: one meaning, or an error of ours. `json` alone takes the last of two equal names.

Nothing is made of it but plain values, so nothing in it is executed; what is refused would mislead who reads it later.
"""

import json
import math
from contextlib import contextmanager

from churn_mlops.errors import ChurnError, UnreadableFile

LARGEST = 256 << 20  # bytes
_DIGITS = 40  # of a whole number: Python takes the square of their number to read it


def parse_json(content: bytes | str, path):
    """The value of a JSON text; raises UnreadableFile, which names `path`, for any other text."""

    def refuse(seen: str):
        return UnreadableFile(path, "expected JSON", seen)

    if len(content) > LARGEST:
        raise refuse(f"it has {len(content):,} bytes, and more than {LARGEST:,} are not read")
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no, parse_int=_int, parse_float=_float)
    except RecursionError:
        raise refuse("it is nested too deeply") from None
    except ValueError as error:
        raise refuse(f"it cannot be read: {error}") from None


@contextmanager
def understood(path, expected: str):
    """Let what is made of a file's content fail by an error that names the file and what was expected in it."""
    try:
        yield
    except ChurnError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise UnreadableFile(path, expected, f"found something else: {type(error).__name__}: {error}") from None


def _once(pairs: list[tuple]) -> dict:
    """An object, whose names must differ."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:40]!r} stands twice in one object")
    return found


def _no(word: str):
    raise ValueError(f"{word} is no number of JSON")


def _int(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"a number has {len(digits):,} digits")
    return int(digits)


def _float(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise ValueError(f"the number {digits[:20]} is too large")
    return value
