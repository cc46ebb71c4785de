"""In what a month that has come true falls short of what the evaluation promised."""

import math

from churn_mlops.monitoring.performance import roc_auc_drop

_NOISE = 3  # standard errors that a churn rate may be off by chance


def shortcomings(performance, newest: dict, limits) -> list[str]:
    """Each as words: the ROC AUC, the rate of leaving, false alarms, money lost; none when all is well.

    `newest` is the row of `performance` that is judged, `limits` are `alerts.AlertLimits`.
    """
    found = [
        *_drop_facts(performance, newest, limits),
        *_rate_facts(newest, limits),
        *_false_alarm_facts(newest, limits),
    ]
    if newest["profit_high"] < 0:
        found.append(f"contacting by it lost {-newest['profit']:,.2f}, where contacting nobody loses nothing")
    return found


def lost_profit(newest: dict) -> float | None:
    """What the month earned less than its probabilities promised, 0 or more; None where that was not estimated."""
    promised = newest.get("estimated_profit", math.nan)
    return None if math.isnan(promised) else max(float(promised - newest["profit"]), 0.0)


def _drop_facts(performance, newest, limits) -> list[str]:
    drop = roc_auc_drop(performance, limits.reference_roc_auc)
    if drop is None or drop <= limits.max_roc_auc_drop:
        return []
    interval = f"{newest['roc_auc_low']:.3f} to {newest['roc_auc_high']:.3f}"
    return [
        f"ROC AUC {newest['roc_auc']:.3f} ({interval}), {drop:.3f} below the evaluation's "
        f"{limits.reference_roc_auc:.3f} (limit {limits.max_roc_auc_drop:g})"
    ]


def _rate_facts(newest, limits) -> list[str]:
    observed, expected = newest["observed_rate"], newest["expected_rate"]
    noise = _NOISE * math.sqrt(max(expected * (1 - expected), 0) / newest["rows"])
    ratio = max(observed, expected) / max(min(observed, expected), 1e-9)
    if ratio <= limits.max_rate_ratio or abs(observed - expected) <= noise:
        return []
    return [f"{observed:.1%} of customers left where {expected:.1%} were expected"]


def _false_alarm_facts(newest, limits) -> list[str]:
    """Those contacted who stayed, for each who left: against the evaluation, and beyond what chance does."""
    expected, contacted, found = limits.reference_precision, newest["contacted"], newest["found"]
    if not (0 < expected < 1 and contacted):
        return []
    now, before = (contacted - found) / max(found, 1), (1 - expected) / expected
    noise = _NOISE * math.sqrt(contacted * expected * (1 - expected))
    if now <= limits.max_false_alarm_ratio * before or contacted * expected - found <= noise:
        return []
    return [
        f"{now / before:.1f} times as many false alarms: of those contacted, {now:.1f} stayed for each who left, "
        f"in the evaluation {before:.1f} (limit {limits.max_false_alarm_ratio:g} times)"
    ]
