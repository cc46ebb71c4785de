"""The policies of a replay side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from churn_mlops.monitoring.replaying import changes as seen
from churn_mlops.monitoring.replaying import earning
from churn_mlops.monitoring.replaying.criteria import criteria
from churn_mlops.monitoring.replaying.recommending import OWN, recommend

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1  # of comparison.json; raised when a name changes its meaning
NEVER = "never"


def compare(replay: dict, gains: "pd.DataFrame", replicates: int = earning.REPLICATES) -> dict:
    """What each policy earned, cost and noticed, the one to take, and how the drift policy stands, as JSON values.

    `replay` is what replay.json holds, `gains` the table beside it. Money counts the months with truth only; a
    training costs `retraining_cost` of the replay, 0 if it has none. Raises DataError where the two do not agree.
    """
    policies = dict(sorted(replay["policies"].items()))  # in JSON they have no order
    months = earning.months_with_truth(policies)
    earned = earning.by_customer(gains, list(policies), months)
    earning.check_sums(earned, policies, months)
    told = {name: _happened(policy["months"], replay) for name, policy in policies.items()}
    best = _best(told, earned.sum(axis=0), _cost(replay))
    _add_money(told, earned, replay, months, best, replicates)
    comparison = {
        "schema": SCHEMA,
        "currency": replay.get("currency"),
        "months": len(replay["months"]),
        "months_with_truth": months,
        "customers": len(earned),
        "replicates": replicates,
        "retraining_cost": _cost(replay),
        "policies": told,
        "best": best,
    }
    recommended = recommend(comparison)
    toml = policies.get(recommended["policy"], {}).get("toml") or ""
    return comparison | {"recommended": recommended | {"toml": toml}, "criteria": criteria(told)}


def _cost(replay: dict) -> float:
    return float(replay.get("retraining_cost") or 0)


def _happened(rows: Sequence[dict], replay: dict) -> dict:
    """What a policy did, and what its alerts made of the changes; None where nobody knows what has changed."""
    known, changes, months = replay.get("changes") is not None, replay.get("changes") or [], replay["months"]
    opened, quiet = seen.alarms(rows), seen.quiet_months(months, changes)
    mistaken = [{"month": month, "name": alert["name"]} for month, alert in seen.false_alarms(opened, changes)]
    alarmed = {month for month, _ in opened}
    return {
        "retrainings": sum(bool(row.get("retrained")) for row in rows),
        "promotions": sum(bool(row.get("promoted")) for row in rows),
        "alerts": len(opened),
        "alarmed": sorted(alarmed),
        "false_alarms": mistaken if known else None,
        "quiet_months": len(quiet) if known else None,
        "quiet_alarmed": len(alarmed & set(quiet)) if known else None,
        "changes": seen.noticed(opened, changes, months),
        "repeated": seen.repeated(opened, changes, months),
    }


def _best(told: dict, sums: np.ndarray, cost: float) -> str:
    """The policy that earned most; of equals that with the fewest trainings, and what one has already."""
    earned = dict(zip(told, sums, strict=True))
    return max(told, key=lambda n: (earned[n] - cost * told[n]["retrainings"], -told[n]["retrainings"], n == OWN))


def _add_money(told: dict, earned: np.ndarray, replay: dict, months: Sequence[str], best: str, replicates: int) -> None:
    """Profit, profit less trainings, and the differences of that to never retraining and to the best, each policy."""
    costs = _cost(replay) * np.array([policy["retrainings"] for policy in told.values()])
    drawn, sums = earning.totals(earned, int(replay.get("seed") or 0), replicates), earned.sum(axis=0)
    most, never = list(told).index(best), list(told).index(NEVER) if NEVER in told else None
    for place, (name, policy) in enumerate(told.items()):
        policy["profit"] = earning.with_interval(sums[place], drawn[:, place])
        policy["net"] = earning.with_interval((sums - costs)[place], (drawn - costs)[:, place])
        policy["vs_best"] = _difference(place, most, sums - costs, drawn - costs)
        policy["vs_never"] = None if never is None else _difference(place, never, sums - costs, drawn - costs)
        policy["within_noise"] = place == most or (policy["vs_best"]["high"] or 0) >= 0
        policy["cumulative"] = _running(replay["policies"][name]["months"], set(months))


def _difference(one: int, other: int, sums: np.ndarray, drawn: np.ndarray) -> dict:
    return earning.with_interval(sums[one] - sums[other], drawn[:, one] - drawn[:, other])


def _running(rows: Sequence[dict], months: set[str]) -> list[dict]:
    """What had been earned by each month with truth, trainings not counted."""
    known = [row for row in rows if row["month"] in months]
    sums = np.cumsum([row["profit"] for row in known])
    return [{"month": row["month"], "profit": float(total)} for row, total in zip(known, sums, strict=True)]
