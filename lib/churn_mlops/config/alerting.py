"""The section [alerts]: rules that can be kept, and channels that are named, never written out."""

import re

from churn_mlops.config.settings import AlertRules
from churn_mlops.config.typed import build

LONGEST = 20  # looks that are remembered of an alert
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def alert_rules(raw, problems: list[str]) -> AlertRules:
    """The rules, checked. A channel that is no name is not repeated: it may be the URL, which holds secrets."""
    named = raw.get("channels", []) if isinstance(raw, dict) else []
    if not isinstance(named, list) or not all(isinstance(one, str) and _VARIABLE.fullmatch(one) for one in named):
        problems.append(
            "[alerts] `channels` must list names of environment variables that hold a URL, such as "
            '["OPS_NOTIFY"]; the URL itself holds secrets and must not stand in the definition'
        )
        return AlertRules()
    rules = build(AlertRules, raw, "alerts", problems) or AlertRules()
    problems += _impossible(rules)
    return rules


def _impossible(rules: AlertRules):
    if not 1 <= rules.of_last <= LONGEST:
        yield f"[alerts] `of_last` is {rules.of_last!r}; expected 1 to {LONGEST} looks"
    elif not 1 <= rules.open_after <= rules.of_last:
        yield f"[alerts] `open_after` is {rules.open_after!r}; expected 1 to `of_last`, {rules.of_last}"
    if not 1 <= rules.resolve_after <= LONGEST:
        yield f"[alerts] `resolve_after` is {rules.resolve_after!r}; expected 1 to {LONGEST} looks"
    if not 0 <= rules.medium_share <= rules.high_share < float("inf"):
        seen = f"{rules.medium_share!r} and {rules.high_share!r}"
        yield f"[alerts] `medium_share` and `high_share` are {seen}; expected shares, 0 or more, the second not less"
