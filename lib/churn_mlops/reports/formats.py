"""How numbers, money, times and sizes are written on the pages; what is missing is a dash, never a zero."""

import math
import re
from datetime import datetime
from urllib.parse import quote

MISSING = "–"
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_number(value) -> bool:
    """Whether the value can be drawn and compared: an int or float, finite, and not a boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def number(value, digits: int = 3) -> str:
    """Three significant digits, whole above 1,000; a text stays what it is, NaN and None become a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if not is_number(value):
        return str(value)
    if isinstance(value, int) or abs(value) >= 1000:
        return _minus(f"{value:,.0f}")
    return _minus(_significant(value, digits))


def _significant(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    before = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}")))) + 1
    return f"{value:.{digits - 1}e}" if before < -3 else f"{value:.{max(0, digits - before)}f}"


def _minus(text: str) -> str:
    return text.replace("-", "−", 1) if text.startswith("-") else text


def apart(value, other) -> tuple[str, str]:
    """Both numbers, with as many digits as it takes to see which is larger: 0.8449 against a threshold of 0.845."""
    for digits in (3, 4, 5, 6, 8, 12):
        pair = number(value, digits), number(other, digits)
        if pair[0] != pair[1] or value == other or not (is_number(value) and is_number(other)):
            break
    return pair


def money(value, currency: str = "EUR") -> str:
    """An amount with its currency: whole from 100 up, cents below."""
    if not is_number(value):
        return number(value)
    amount = f"{abs(value):,.0f}" if abs(value) >= 100 or value == int(value) else f"{abs(value):,.2f}"
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{'−' if value < 0 else ''}{symbol}{amount}"


def share(value) -> str:
    """A share between 0 and 1 as a percentage."""
    return f"{number(value * 100)}%" if is_number(value) else number(value)


def points(value) -> str:
    """Whole and half points of a score: 0, ½, 1, 3½."""
    if not is_number(value):
        return number(value)
    whole, half = divmod(value, 1)
    return f"{whole:.0f}" * bool(whole or not half) + "½" * bool(half)


def duration(seconds) -> str:
    """Seconds as people say them: 4.1 s, 1 min 12 s, 2 h 5 min."""
    if not is_number(seconds):
        return MISSING
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def moment(text) -> str:
    """An ISO moment as `23 Nov 2026, 22:46 UTC`; a date alone as `23 Nov 2026`; anything else unchanged."""
    try:
        when = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return str(text or MISSING)
    day = f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    if len(str(text)) <= 10:
        return day
    return f"{day}, {when:%H:%M}{' UTC' if when.utcoffset() is not None and not when.utcoffset() else ''}"


def size(count) -> str:
    """Bytes in the largest fitting unit: 1.2 MB."""
    if not is_number(count):
        return MISSING
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def segment(name) -> str:
    """A name as one part of an address; nothing in it can be read as a scheme, a host or a query."""
    return quote(str(name).encode("utf-8", "replace"), safe="")


def ticked(text):
    """A text whose `names` are set as code, safe to stand in a page."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def stage_title(name) -> str:
    """`03_train` as it is spoken of: 03 Train."""
    head, _, rest = str(name).partition("_")
    return f"{head} {rest.replace('_', ' ').capitalize()}" if head.isdigit() and rest else str(name)
