"""Days as a replay writes them: `2026-01-01`, which sort as text; a month may stand without its day."""

from datetime import date


def months_later(day: str, months: int) -> str:
    """The first day of the month that is so many months after that of a day."""
    count = int(day[:4]) * 12 + int(day[5:7]) - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}-01"


def days_between(first: str, last: str) -> int:
    """Days from one day to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
