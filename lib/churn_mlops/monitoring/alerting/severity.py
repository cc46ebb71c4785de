"""How bad an alert is: by the money at stake, against the profit that is expected."""

from churn_mlops.config import AlertRules
from churn_mlops.monitoring.alerting.alert import RANKS


def number(value) -> float | None:
    """A finite number, or None for whatever else a finding may hold."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    return float(value) if is_number else None


def share_at_stake(money: float | None, expected: float | None) -> float | None:
    """The effect as a share of the expected profit; None where one is not known or no profit is expected."""
    return abs(money) / expected if money is not None and expected and expected > 0 else None


def severity_of(found: str, share: float | None, rules: AlertRules) -> str:
    """By the share at stake; as it was found where that is not known. What was found `high` is never called low.

    A broken feed that costs nothing yet is still broken. A severity of a name that is not known counts as medium.
    """
    found = found if found in RANKS else "medium"
    if share is None:
        return found
    least = "medium" if found == "high" else "low"
    return worse("high" if share >= rules.high_share else "medium" if share >= rules.medium_share else "low", least)


def worse(one: str, other: str) -> str:
    """The worse of two severities; any counts more than none."""
    return max(one, other, key=lambda severity: RANKS.get(severity, 0))
