"""Whether training on drift keeps what it promises, as a table of yes and no with the numbers."""

DRIFT, MONTHLY, NEVER = "drift", "monthly", "never"
SHARE, HALF, QUIET = 0.95, 0.5, 0.05


def criteria(policies: dict) -> list[dict]:
    """Each criterion with what is wanted, what was seen, and `met`: None where this replay cannot tell."""
    drift = policies.get(DRIFT)
    if drift is None:
        return []
    return [
        *_against(drift, policies.get(MONTHLY)),
        _more_than_never(drift),
        _in_time(drift["changes"]),
        _quiet(drift),
        _feeds(drift["changes"]),
        _repeated(drift["repeated"]),
    ]


def _row(name: str, wanted: str, seen: str, met: bool | None) -> dict:
    return {"name": name, "wanted": wanted, "seen": seen, "met": met}


def _against(drift: dict, monthly: dict | None) -> list[dict]:
    if monthly is None:
        return []
    profit, most = drift["profit"]["value"], monthly["profit"]["value"]
    seen = f"{profit:,.0f} of {most:,.0f}" + (f", {profit / most:.1%}" if most > 0 else "")
    fewer = f"{drift['retrainings']} of {monthly['retrainings']}"
    return [
        _row("profit of training every month", f"at least {SHARE:.0%}", seen, profit >= SHARE * most),
        _row("trainings of every month", "at most half", fewer, drift["retrainings"] <= HALF * monthly["retrainings"]),
    ]


def _more_than_never(drift: dict) -> dict:
    more = drift["vs_never"]
    if more is None:
        return _row("more than never training", "more than 0", "not replayed", None)
    sure = "" if more["low"] is None else f" ({more['low']:,.0f} to {more['high']:,.0f})"
    return _row("more than never training", "more than 0", f"{more['value']:,.0f}{sure}", more["value"] > 0)


def _in_time(changes: list[dict]) -> dict:
    judged = [change["in_time"] for change in changes if change["in_time"] is not None]
    late = ", ".join(change["what"] for change in changes if change["in_time"] is False)
    seen = f"{sum(judged)} of {len(judged)}" + (f"; not: {late}" if late else "")
    return _row("real changes noticed", "within a month of being noticeable", seen, all(judged) if judged else None)


def _quiet(drift: dict) -> dict:
    quiet, alarmed = drift["quiet_months"], drift["quiet_alarmed"]
    few = alarmed <= QUIET * quiet if quiet else None
    seen = "no change is known of" if quiet is None else f"{alarmed} of {quiet}"
    return _row("quiet months alarmed", "at most 1 in 20", seen, few)


def _feeds(changes: list[dict]) -> dict:
    named = [change["named"] for change in changes if change["named"] is not None]
    return _row("broken feeds named as such", "all", f"{sum(named)} of {len(named)}", all(named) if named else None)


def _repeated(told: list[dict]) -> dict:
    again = [one["alarmed"] for one in told if one["year"] >= 2]
    seen = f"{sum(again)} of {len(again)}"
    return _row("a season alarmed in its second year", "none", seen, not any(again) if again else None)
