"""What offers brought: profit as predicted and as it came, and customers saved where a control group tells them.

Those who stay after an offer may have stayed anyway. Only customers held back at random tell how many: uplift is the
share who left among these less the share among those who got an offer. Its interval is Newcombe's (1998, "Interval
estimation for the difference between independent proportions", method 10), of 95%.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from churn_mlops.config import nearest
from churn_mlops.errors import DataError, MissingColumns
from churn_mlops.models.diagnostics import wilson

UNKNOWN = "cannot be known: nobody was held back as control"
ABSENT = "no offers are declared: [offers] in the definition names their table"


def load_offers(folder: str, offers) -> pd.DataFrame | None:
    """The table that [offers] names, from the definition's folder: customer, offer, left (NaN: not known yet).

    None where none is declared. Raises DataError where it is not there or nobody in it has left or stayed as named.
    """
    if offers is None:
        return None
    path = Path(folder) / offers.file
    if not path.is_file():
        raise DataError(f"[offers] `file`: {offers.file} is not there. Cure: a path from the definition's folder.")
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    wanted = [offers.customer, offers.time, offers.offer, offers.outcome]
    if missing := [name for name in wanted if name not in table]:
        raise MissingColumns(missing, f"[offers], {offers.file}", table.columns)
    outcome = table[offers.outcome]
    known = sorted(outcome.dropna().astype(str).unique())
    if known and offers.left not in known:
        raise DataError(
            f"[offers] `left` is {offers.left!r}, which no outcome is{nearest(offers.left, known)}. "
            f"Cure: one of {', '.join(known[:8])}."
        )
    left = (outcome.astype(str) == offers.left).astype(float).mask(outcome.isna())
    offer = table[offers.offer].astype(str).where(table[offers.offer].astype(str) != offers.control, "")
    return pd.DataFrame({"customer": table[offers.customer].astype(str), "offer": offer, "left": left})


def business_table(offers: pd.DataFrame | None, customers, p, money) -> pd.DataFrame:
    """What each kind of offer brought, a row each; one row that says so where no offers are declared.

    `customers` and `p` are those scored now, with their probability; `money` as `models.stakes` gives it for them.
    Columns: offer, customers, known (whose outcome is), left (share of these), predicted_profit (of those who are among
    the scored), uplift, saved, profit, each with `_low` and `_high`, and effect, in words.
    """
    if offers is None:
        return pd.DataFrame({"effect": [ABSENT]})
    scored = pd.DataFrame({"p": np.asarray(p, dtype=float)}, index=pd.Series(customers).astype(str))
    means = [float(np.nanmean(value)) for value in (money.value_kept, money.offer_cost, money.success_rate)]
    held = offers.loc[offers["offer"] == "", "left"].dropna()
    made = offers[offers["offer"] != ""].groupby("offer")
    return pd.DataFrame([{"offer": name, **_brought(rows, held, scored, *means)} for name, rows in made])


def uplift(held: pd.Series, offered: pd.Series) -> tuple[float, float, float]:
    """How much smaller the share who left is with an offer, with its interval; NaN where a side is empty."""
    if held.empty or offered.empty:
        return np.nan, np.nan, np.nan
    (without, low_0, high_0), (with_, low_1, high_1) = (_share(side) for side in (held, offered))
    difference = without - with_
    below = np.hypot(without - low_0, high_1 - with_)
    above = np.hypot(high_0 - without, with_ - low_1)
    return difference, difference - below, difference + above


def _share(left: pd.Series) -> tuple[float, float, float]:
    low, high = wilson(float(left.mean()), len(left))
    return float(left.mean()), float(low), float(high)


def _brought(rows: pd.DataFrame, held: pd.Series, scored: pd.DataFrame, value, cost, success) -> dict:
    known = rows["left"].dropna()
    likely = scored["p"].reindex(rows["customer"]).dropna() if scored.index.is_unique else pd.Series(dtype=float)
    lifted = uplift(held, known)
    saved = [len(known) * one for one in lifted]
    names = [f"{name}{end}" for name in ("uplift", "saved", "profit") for end in ("", "_low", "_high")]
    amounts = [*lifted, *saved, *(one * value - len(known) * cost for one in saved)]
    sure = "is certain" if lifted[1] > 0 or lifted[2] < 0 else "may be chance"
    return {
        "customers": len(rows),
        "known": len(known),
        "left": float(known.mean()) if len(known) else np.nan,
        "predicted_profit": float((success * value * likely - cost).sum()) if len(likely) else np.nan,
        **dict(zip(names, amounts, strict=True)),
        "effect": UNKNOWN if held.empty else "not known yet" if known.empty else sure,
    }
