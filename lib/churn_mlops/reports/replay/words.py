"""A replay in words: the recommendation in two sentences, and how amounts, months and outcomes are written."""

from churn_mlops.reports.formats import MISSING, is_number, moment, money

ADVICE = {
    "never": "Leave the model as it is",
    "monthly": "Train a new model every month",
    "quarterly": "Train a new model every quarter",
    "drift": "Train a new model when customers are no longer like those that it learned from",
    "estimated loss": "Train a new model when what has changed may cost too much",
    "own": "Keep the rules for training that you have",
}


def recommendation(comparison: dict) -> tuple[str, str]:
    """What to do and what it would have earned; and why not what earned as much or more."""
    chosen = comparison["recommended"]["policy"]
    if chosen is None:
        return "Nothing can be recommended yet.", comparison["recommended"]["reason"]
    return _what(chosen, comparison), _why(chosen, comparison)


def _what(chosen: str, comparison: dict) -> str:
    policy, currency = comparison["policies"][chosen], comparison["currency"]
    advice = ADVICE.get(chosen) or f"Train a new model by the rules of “{chosen}”"
    earned = f"in these {len(comparison['months_with_truth'])} months that would have earned "
    earned += money(policy["net"]["value"], currency) + _after(comparison)
    if chosen == "never" or policy["vs_never"] is None:
        return f"{advice}: {earned}, with {times(policy['retrainings'])}."
    return f"{advice}: {earned}, {_more(policy['vs_never'], currency)} than with no training at all."


def _after(comparison: dict) -> str:
    cost = comparison["retraining_cost"]
    return f" after the cost of training ({money(cost, comparison['currency'])} each time)" if cost else ""


def _more(difference: dict, currency: str) -> str:
    word = "more" if difference["value"] >= 0 else "less"
    sign = 1 if difference["value"] >= 0 else -1
    said = f"{money(sign * difference['value'], currency)} {word}"
    ends = sorted(sign * difference[end] for end in ("low", "high") if is_number(difference[end]))
    if not ends:
        return said
    return f"{said} (with 95% certainty between {money(ends[0], currency)} and {money(ends[1], currency)})"


def _why(chosen: str, comparison: dict) -> str:
    policies, best = comparison["policies"], comparison["best"]
    took = f"It takes {times(policies[chosen]['retrainings'])}"
    if best != chosen:
        lost = money(-policies[chosen]["vs_best"]["value"], comparison["currency"])
        other = policies[best]["retrainings"]
        more = "as many" if other == policies[chosen]["retrainings"] else str(other)
        return f"{took}; “{best}” earned {lost} more with {more}, a difference that chance alone may explain."
    if len(comparison["recommended"]["within"]) > 1:
        return f"{took} and earned the most; no policy with fewer comes so near that chance alone explains the rest."
    return f"{took} and earned the most of {len(policies)} policies, by more than chance explains."


def ordered(comparison: dict) -> list[str]:
    """The recommended policy first, then those that earned more first."""
    policies, chosen = comparison["policies"], comparison["recommended"]["policy"]
    return sorted(policies, key=lambda name: (name != chosen, -policies[name]["net"]["value"], name))


def times(count: int) -> str:
    """`no training`, `1 training`, `5 trainings`."""
    return "no training" if count == 0 else f"{count} training{'s' * (count > 1)}"


def month(day) -> str:
    """`2026-01-01` as `Jan 2026`."""
    return moment(str(day)[:10]).partition(" ")[2] or str(day or MISSING)


def signed(value, currency: str) -> str:
    """An amount with its sign, for differences."""
    return f"+{money(value, currency)}" if is_number(value) and value > 0 else money(value, currency)


def between(told: dict | None, currency: str, write=money) -> str:
    """An interval, or nothing where there is none."""
    if not told or not is_number(told["low"]):
        return ""
    return f"{write(told['low'], currency)} to {write(told['high'], currency)}"


def noticed(change: dict) -> tuple[str, str]:
    """How a change fared under a policy: the kind of its badge, and words."""
    if change["noticed"] is None:
        return ("bad", "✗ not noticed") if change["in_time"] is False else ("soft", "not noticed")
    days = f"{change['days']} days" if change["days"] else "at once"
    if change["named"] is False:
        return "warn", f"! {days}, taken for customers"
    return ("warn", f"! {days}") if change["in_time"] is False else ("good", f"✓ {days}")
