"""What `[money]` may say: each assumption is a number that can be, or names a feature that can hold it."""

from churn_mlops.config.definition import ASSUMPTIONS, Money
from churn_mlops.config.typed import nearest

LIMITS = {  # least, whether that itself fits, greatest, in words
    "value_kept": (0, False, float("inf"), "more than 0"),
    "offer_cost": (0, True, float("inf"), "0 or more"),
    "success_rate": (0, False, 1, "more than 0, at most 1"),
}


def implausible_money(money: Money, hidden) -> list[str]:
    """Every assumption that cannot be right; `hidden` are the columns that are no features."""
    found = ((key, getattr(money, key), _problem(key, getattr(money, key), hidden)) for key in ASSUMPTIONS)
    return [f"`{key}` is {value!r}; {problem}" for key, value, problem in found if problem]


def _problem(key: str, value, hidden) -> str:
    if not isinstance(value, str):
        low, included, high, wanted = LIMITS[key]
        fits = (value > low or (included and value == low)) and value <= high and value != float("inf")
        return "" if fits else f"expected {wanted}, or the name of a feature"
    if not value.strip() or _is_number(value):
        return "expected a number without quotes, or the name of a feature"
    return "that column has another role or is dropped, so it is no feature" if value in hidden else ""


def misnamed(key: str, name: str, numbers, others=()) -> str:
    """What is wrong with an assumption that names this feature, and which it could have meant; nothing: it is a number.

    `numbers` are the features that are numbers, `others` those that are none.
    """
    if name in numbers:
        return ""
    known = list(numbers)
    seen = "which holds no numbers" if name in others else f"which is not among the features{nearest(name, known)}"
    named = f"name one that is a number ({', '.join(known[:8])}{', ...' * (len(known) > 8)}), or " if known else ""
    end = "" if seen.endswith("?") else "."
    return f"[money] `{key}` names `{name}`, {seen}{end} Cure: {named}give one number for all."


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
