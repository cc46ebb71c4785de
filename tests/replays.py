"""Replays made up for tests: months of a small business whose model ages, in the shape that the engine writes."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

VALUE, COST = 90.0, 4.0  # what contacting a customer who would leave brings, what contacting costs
RISE = {"month": "2025-09-01", "what": "price rise", "real": True, "kind": "customers", "noticeable": "2025-09-01"}
FEED = {"month": "2026-11-01", "what": "broken feed", "real": True, "kind": "feed", "noticeable": "2026-12-01"}
DIPS = [
    {"month": f"{year}-08-01", "what": "seasonal dip", "real": False, "kind": "none", "noticeable": None}
    for year in (2024, 2025, 2026)
]
TOML = "[retrain]\nevery_days = {}\non_drift = {}\n"
POLICIES = {  # name -> the months, counted from 0, in which it trains
    "never": (),
    "monthly": range(24),
    "quarterly": range(2, 24, 3),
    "drift": (3, 4, 15),
    "estimated loss": (4, 16),
    "own": (3, 6, 9, 15),
}


def months_from(first: str, count: int) -> list[str]:
    return [str(day.date()) for day in pd.date_range(first, periods=count, freq="MS")]


def alert(name, since, *, new=True, severity="medium", number=0):
    return {"id": f"a{number:05d}", "name": name, "severity": severity, "since": since, "state": "open",
            "columns": ["price"], "new": new}  # fmt: skip


def make_replay(*, first="2025-06-01", count=24, customers=300, policies=None, changes=None, alerts=None, seed=0):
    """A replay and its gains: what a decision brings falls with the months since its model last saw a change.

    `alerts`: policy -> month -> alerts; by default those of a sensible monitor. The last month has no truth yet.
    """
    months, rng = months_from(first, count), np.random.default_rng(seed)
    changes = [RISE, *DIPS, FEED] if changes is None else changes
    left = rng.random((count, customers)) < 0.08
    luck = rng.random((count, customers))
    gains = {"customer": np.tile([f"C{n:04d}" for n in range(customers)], count)}
    gains["month"] = np.repeat(pd.to_datetime(months), customers)
    told = {}
    for name, trained in (policies or POLICIES).items():
        given = (ALERTS if alerts is None else alerts).get(name, {})
        rows = [_month(n, months, changes, set(trained), given) for n in range(count)]
        contacted = [_contacted(row, left[n], luck[n], seed) for n, row in enumerate(rows)]
        earned = [np.where(who, np.where(left[n], VALUE - COST, -COST), 0.0) for n, who in enumerate(contacted)]
        for row, one, who in zip(rows, earned, contacted, strict=True):
            row.update(profit=float(one.sum()), contacted=int(who.sum()), rows=customers, churn=0.08)
        rows[-1].update(profit=None, roc_auc=None, churn=None)
        gains[name] = np.concatenate(earned)
        told[name] = {"rules": {"every_days": 0}, "toml": TOML.format(31 * (name == "monthly"), "true"), "months": rows}
    frame = pd.DataFrame(gains)
    return {
        "dataset": "shop", "currency": "EUR", "from": months[0], "to": months[-1], "made": "2026-11-28T19:00:00Z",
        "code": "c" * 40, "seed": seed, "horizon_days": 30, "months": months, "changes": changes, "policies": told,
    }, frame[frame["month"] != months[-1]].reset_index(drop=True)  # fmt: skip


def _contacted(row, left, luck, seed):
    """Whom the champion contacts: one that ranks well most of those who leave, each model with some luck of its own."""
    own = np.random.default_rng([seed, *(int(row[name][:7].replace("-", "")) for name in ("champion", "month"))])
    luck = np.where(own.random(len(luck)) < 0.9, luck, own.random(len(luck)))
    return np.where(left, luck < row["roc_auc"], luck < 1 - row["roc_auc"])


def _month(n, months, changes, trained, alerts):
    """One month: the champion is that of the last training before it, and worse for each change it has not seen."""
    made = max([m for m in trained if m < n], default=-6)
    seen = months[made] if made >= 0 else "2024-12-01"
    unseen = sum(change["kind"] == "customers" and seen <= change["month"] <= months[n] for change in changes)
    at = date.fromisoformat(months[n])
    return {
        "month": months[n], "champion": f"{seen}/all", "champion_age_days": (at - date.fromisoformat(seen)).days,
        "expected_profit": 900.0, "labels_in": str(at + timedelta(days=31)),
        "roc_auc": 0.86 - 0.0003 * (n - made) - 0.06 * unseen, "estimated_roc_auc": 0.85,
        "drift": round(0.3 + 0.02 * (n - made) + 1.1 * unseen, 3), "findings": [],
        "alerts": alerts.get(months[n], []),
        "decision": {"needed": n in trained, "reasons": ["drift calls: `price` moved"] if n in trained else []},
        "retrained": n in trained, "promoted": n in trained, "why": "better with evidence" if n in trained else None,
        "champion_after": f"{months[n] if n in trained else seen}/all",
    }  # fmt: skip


def _sensible(number):
    return {
        "2025-10-01": [alert("inputs moved", "2025-09-01", number=number)],
        "2025-11-01": [alert("inputs moved", "2025-09-01", number=number, new=False)],
        "2026-12-01": [alert("feed broken", "2026-12-01", severity="high", number=number + 1)],
    }


ALERTS = {name: _sensible(10 * n) for n, name in enumerate(POLICIES)}
ALERTS["monthly"] = ALERTS["monthly"] | {"2025-06-01": [alert("scores moved", "2025-06-01", number=99)]}
