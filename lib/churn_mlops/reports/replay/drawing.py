"""The figures of a replay, from what replay.json and comparison.json hold."""

from churn_mlops.reports.figures import svg_address
from churn_mlops.reports.replay.words import ordered


def figures(replay: dict, comparison: dict) -> list[dict]:
    """Address and caption of each figure; the drawing of money is left out while no month has its truth."""
    from churn_mlops.plots import replaying

    tracks = [_track(name, replay, comparison) for name in ordered(comparison)]
    chosen = comparison["recommended"]["policy"] or comparison["best"]
    of_time = replay["months"], tracks, replay.get("changes") or [], chosen
    drawn = [(replaying.course(*of_time), _COURSE)]
    if comparison["months_with_truth"]:
        drawn.insert(0, (replaying.money(*of_time, comparison["currency"] or ""), _MONEY))
    return [{"address": svg_address(svg), "caption": caption} for svg, caption in drawn]


_MONEY = (
    "What each policy had earned by each month, and how much more than by never training again. Bars at the end: 95% "
    "intervals. Vertical lines: what changed (solid: customers; dashed: a feed; dotted: no change, such as a season)."
)
_COURSE = (
    "Above the limit, a column differs from what the champion learned by more than its past explains. Below, a strip a "
    "policy: when it trained, when alerts opened, and which champion served."
)


def _track(name: str, replay: dict, comparison: dict):
    import numpy as np

    from churn_mlops.plots.replaying import Track

    rows, told = replay["policies"][name]["months"], comparison["policies"][name]
    profit = _earned(name, replay, comparison)
    never = _earned("never" if "never" in comparison["policies"] else name, replay, comparison)
    ends = {"profit": told["net"], "more": told["vs_never"]}
    return Track(
        name,
        profit,
        profit - never,
        {key: (_number(end["low"]), _number(end["high"])) for key, end in ends.items() if end},
        np.array([_number(row.get("drift")) for row in rows]),
        np.array([_number(row.get("roc_auc")) for row in rows]),
        _strip(rows, told),
    )


def _earned(name: str, replay: dict, comparison: dict):
    """What was left of the profit by each month after the trainings up to it; NaN where the month has no truth."""
    import numpy as np

    known = {row["month"]: row["profit"] for row in comparison["policies"][name]["cumulative"]}
    trained = np.cumsum([bool(row.get("retrained")) for row in replay["policies"][name]["months"]])
    profit = np.array([known.get(month, np.nan) for month in replay["months"]], dtype=float)
    return profit - comparison["retraining_cost"] * trained


def _number(value) -> float:
    return float("nan") if value is None else float(value)


def _strip(rows: list[dict], told: dict) -> list[dict]:
    alarmed, mistaken = set(told["alarmed"]), {one["month"] for one in told["false_alarms"] or ()}
    return [
        {
            "champion": row.get("champion"),
            "trained": bool(row.get("retrained")),
            "promoted": bool(row.get("promoted")),
            "alarms": row["month"] in alarmed,
            "false_alarms": row["month"] in mistaken,
        }
        for row in rows
    ]
