"""Plain results of cells as people read them: a text without its quotes, a few named values as a list."""

import ast

from churn_mlops.reports.formats import number
from churn_mlops.reports.sanitise import plain

LONGEST = 2_000  # characters; more is no longer a remark
_SCALAR = str | int | float | bool | None


def described(shown: str) -> dict | None:
    """What `repr` has written of a text or of named plain values: its kind with `text` or `facts`; None for all else.

    Kinds: `said` for a sentence, `word` for a text without a space, such as a digest, and `facts` for a dictionary.
    """
    value = _parsed(shown)
    if isinstance(value, str) and value.strip():
        return {"kind": "said" if " " in value.strip() else "word", "text": plain(value)}
    if isinstance(value, dict) and value and all(_is_plain(part) for pair in value.items() for part in pair):
        return {"kind": "facts", "facts": [(plain(str(name)), plain(_written(part))) for name, part in value.items()]}
    return None


def _parsed(shown: str):
    if len(shown) > LONGEST or shown[:1] not in ("'", '"', "{"):
        return None
    try:
        return ast.literal_eval(shown)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _is_plain(value) -> bool:
    return isinstance(value, _SCALAR)


def _written(value) -> str:
    """Numbers to four digits, as in the tables of the notebooks."""
    return f"{value:.4g}" if isinstance(value, float) else number(value)
