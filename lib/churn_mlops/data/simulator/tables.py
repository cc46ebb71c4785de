"""The tables that the business keeps, as data frames: what happened, turned into ids, dates and words."""

from dataclasses import fields

import numpy as np
import pandas as pd

from churn_mlops.data.simulator import market
from churn_mlops.data.simulator.months import DUE_DAY
from churn_mlops.data.simulator.population import Population
from churn_mlops.data.simulator.settings import SimulatorSettings

Ledger = dict[str, list]  # table -> what each month added to it

TABLES = {
    "customers": "one row a customer: signed up when, where, through which channel; some did not say",
    "plans": "what can be subscribed to, and the hours a month that it is made for",
    "prices": "the list price of each plan in each month, EUR a month",
    "contracts": "what a customer signed: plan, term, from when to when, share of the price off until when",
    "payments": "one row a customer and month: due when, EUR, paid when; never, if it failed",
    "usage": "one row a customer and month: minutes, sessions, and when that was known: some rows come late",
    "contacts": "one row a contact with support; satisfaction is 1 (bad) to 5 (good), often not given",
    "cancellations": "who left, when, and the reason given",
    "truth": "the probability of leaving in the month that begins on the snapshot date",
}


def published(ledger: Ledger, settings: SimulatorSettings, prices: np.ndarray) -> dict[str, pd.DataFrame]:
    """Every table of TABLES, its rows in order of time and customer."""
    rows = {name: _stacked(parts) for name, parts in ledger.items()}
    numbers = rows["customers"]["number"]
    names = np.char.add("C", np.char.zfill(np.arange(1, len(numbers) + 1).astype(str), 7))
    for columns in rows.values():
        columns["customer_id"] = _words(names, np.searchsorted(numbers, columns["number"]))
    frames = {
        "customers": _customers(rows["customers"], settings),
        "plans": pd.DataFrame({"plan": market.PLANS, "made_for_hours": market.PLAN_HOURS}),
        "prices": _prices(prices, settings),
        "contracts": _contracts(rows["contracts"], settings),
        "payments": _payments(rows["payments"], settings),
        "usage": _usage(rows["usage"], settings),
        "contacts": _contacts(rows["contacts"], settings),
        "cancellations": _cancellations(rows["cancellations"], settings),
        "truth": _truth(rows["truth"], settings),
    }
    return {name: frame.reset_index(drop=True) for name, frame in frames.items()}


def _customers(rows: dict, settings: SimulatorSettings) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "signup_date": _date(settings, rows["signup_month"], rows["signup_day"]),
            "region": _words(market.REGIONS, rows["region"]),
            "age_band": _words(market.AGE_BANDS, rows["age_band"]),
            "channel": _words(market.CHANNELS, rows["channel"]),
        }
    )


def _prices(prices: np.ndarray, settings: SimulatorSettings) -> pd.DataFrame:
    """The list, with the month after the last: who is there then pays a price too, and it has been announced."""
    prices = np.vstack([prices, prices[-1:]])
    month, plan = (axis.ravel() for axis in np.indices(prices.shape))
    return pd.DataFrame(
        {
            "plan": _words(market.PLANS, plan),
            "month": _date(settings, month),
            "price": prices.ravel(),
        }
    )


def _contracts(rows: dict, settings: SimulatorSettings) -> pd.DataFrame:
    first = rows["contract_month"] == rows["signup_month"]
    end = _date(settings, rows["term_end"])
    until = _date(settings, rows["discount_end"])
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "plan": _words(market.PLANS, rows["plan"]),
            "term": _words(market.TERMS, rows["term"]),
            "start": _date(settings, rows["contract_month"], np.where(first, rows["signup_day"], 1)),
            "end": np.where(market.TERM_MONTHS[rows["term"]] > 0, end, np.datetime64("NaT")),
            "discount": rows["discount"],
            "discount_until": np.where(rows["discount"] > 0, until, np.datetime64("NaT")),
        }
    )


def _payments(rows: dict, settings: SimulatorSettings) -> pd.DataFrame:
    due = _date(settings, rows["month"], DUE_DAY)
    paid_on = np.where(rows["failed"], np.datetime64("NaT"), due + _days(rows["delay"]))
    return pd.DataFrame({"customer_id": rows["customer_id"], "due": due, "amount": rows["price"], "paid_on": paid_on})


def _usage(rows: dict, settings: SimulatorSettings) -> pd.DataFrame:
    """Known on the last day of the month, or late; what comes after the end of the period is not there yet."""
    known_on = _date(settings, rows["month"] + 1) + _days(rows["delay"] - 1)
    frame = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "month": _date(settings, rows["month"]),
            "minutes": rows["minutes"].astype("int64"),
            "sessions": rows["sessions"],
            "known_on": known_on,
        }
    )
    return frame[known_on < market.first_day(settings, settings.months)]


def _contacts(rows: dict, settings: SimulatorSettings) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "date": _date(settings, rows["month"], rows["day"]),
            "topic": _words(market.TOPICS, rows["topic"]),
            "resolved": rows["resolved"],
            "satisfaction": rows["satisfaction"],
        }
    )
    return frame.sort_values(["date", "customer_id"], kind="stable")


def _cancellations(rows: dict, settings: SimulatorSettings) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "cancelled_on": _date(settings, rows["month"], rows["day"]),
            "reason": _words(market.REASONS, rows["reason"]),
        }
    )
    return frame.sort_values(["cancelled_on", "customer_id"], kind="stable")


def _truth(rows: dict, settings: SimulatorSettings) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "snapshot_date": _date(settings, rows["month"]),
            "probability": rows["probability"].round(6),
        }
    )


def _stacked(parts: list) -> dict[str, np.ndarray]:
    """One array a column from what the months added; a month's single number stands for all of its rows."""
    parts = [_one_dimensional(part) for part in parts]
    return {
        name: np.concatenate([np.broadcast_to(part[name], len(part["number"])) for part in parts]) for name in parts[0]
    }


def _one_dimensional(part) -> dict:
    if not isinstance(part, Population):
        return part
    return {f.name: value for f in fields(part) if (value := getattr(part, f.name)).ndim == 1}


def _words(words, codes: np.ndarray) -> pd.Series:
    """The word for each code; a negative code is a missing value."""
    return pd.Series(pd.Categorical.from_codes(codes, list(words))).astype("str")


def _date(settings: SimulatorSettings, month: np.ndarray, day=1) -> np.ndarray:
    return (market.first_day(settings, month) + _days(np.asarray(day) - 1)).astype("datetime64[us]")


def _days(count) -> np.ndarray:
    return np.asarray(count).astype("timedelta64[D]")
