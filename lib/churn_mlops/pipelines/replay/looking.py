"""One look of a replay: what 06_monitor would have found on a day, and what came of that day's decisions later."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.features.examples import Examples, some
from churn_mlops.models import row_weights
from churn_mlops.models.money import earned
from churn_mlops.models.predictor import Predictor
from churn_mlops.models.stakes import stakes
from churn_mlops.models.threshold import usable_threshold
from churn_mlops.monitoring import alerts, domain, drift, effect, estimate, findings, losses, scores
from churn_mlops.monitoring.freshness import measure_freshness
from churn_mlops.monitoring.performance import performance_by_month
from churn_mlops.pipelines.replay.history import History
from churn_mlops.pipelines.replay.settings import Settings

MONTHS = 6  # newest ones whose labels are in that performance is measured in: an old champion has dozens


@dataclass(frozen=True)
class Champion:
    """A model that serves, the day it was trained on, and what its training has left of it."""

    predictor: Predictor
    made: str  # day, YYYY-MM-DD
    facts: dict

    @property
    def learned(self) -> list[pd.Timestamp]:
        """The snapshots that it was trained on, the reference of its monitoring."""
        return [pd.Timestamp(day) for day in self.facts["learned"]]

    @property
    def first_judged(self) -> pd.Timestamp:
        """From here on it has learned of no row."""
        return pd.Timestamp(self.facts["judged"][0])


@dataclass(frozen=True)
class Look:
    """What a look has found and what its decisions earned, as plain facts and a table with one row a customer."""

    facts: dict
    earned: pd.DataFrame  # earned: what the decision on each customer of the day came to, in their order


def look_at(history: History, settings: Settings, champion: Champion, day: str) -> Look:
    """Score the customers of a day with the champion and monitor it; then, from later labels, count."""
    moment = pd.Timestamp(day)
    current = history.examples([moment], champion.predictor.signature, labelled=False)
    p = champion.predictor.predict(current.X)
    found = _found(history, settings, champion, moment, current, p)
    outcome, each = _came_of_it(history, champion, moment, current, p)
    return Look(found | outcome, pd.DataFrame({"earned": each}))


def _found(history, settings, champion, day, current: Examples, p) -> dict:
    """What was to be seen on the day: nothing here may look at a label that was not in."""
    predictor, money = champion.predictor, history.definition.money
    reference = history.examples(champion.learned, predictor.signature)
    watched, times = findings.without(predictor.signature, settings.ignore), (reference.dates, current.dates)
    moved = drift.drift_table(reference.X, current.X, watched, *times, psi_floor=settings.psi_limit)
    moved = effect.effect_table(reference.X, current.X, moved, predictor, money)
    together = domain.domain_drift(reference.X, current.X, watched, *times)
    seen = some(reference, findings.SCORED)
    before = predictor.predict(seen.X)
    scored = scores.score_drift(before, p, seen.dates, current.dates, threshold=predictor.line)
    realised = _realised(history, champion, day, reference, current, p)
    ages = measure_freshness(day, champion.made, day, max_champion_age_days=settings.max_champion_age_days)
    limits = _limits(champion, settings)
    raised = alerts.make_alerts(moved, scored, ages, realised, limits, domain=together, day=f"{day:%Y-%m-%d}")
    lost = losses.measure_losses(realised, *_promised(champion))
    return {"findings": alerts.alerts_to_json(raised), "drift": _largest(moved), "losses": lost}


def _promised(champion: Champion) -> tuple[float, float]:
    """What the evaluation promised: ROC AUC, and profit a row."""
    metrics = champion.facts["metrics"]
    return metrics["roc_auc"], metrics["profit_per_1000"] / 1000


def _limits(champion: Champion, settings: Settings) -> alerts.AlertLimits:
    metrics = champion.facts["metrics"]
    precision = metrics.get("precision", math.nan)
    return alerts.AlertLimits(metrics["roc_auc"], settings.max_roc_auc_drop, precision, settings.max_false_alarm_ratio)


def _largest(moved: pd.DataFrame) -> float:
    return float((moved["psi"] / moved["psi_limit"]).max())


def _realised(history: History, champion: Champion, day, reference: Examples, current: Examples, p) -> pd.DataFrame:
    """What came true by month, of rows that it had not learned from and whose labels were in; and what is to come.

    Of the newest MONTHS such months; 06_monitor takes all, which matters for how far estimates were off on average.
    """
    matured = [one for one in history.matured(day) if one >= champion.first_judged][-MONTHS:]
    rows, money = history.examples(matured, champion.predictor.signature), history.definition.money
    weights = row_weights(rows.y, history.definition.dataset.prior, reference.y.mean())
    came, promised = _measured(champion, rows, champion.predictor.predict(rows.X), money, weights)
    worth = stakes(money, current.X)
    coming = estimate.estimate_by_month(current.dates, p, worth, usable_threshold(champion.predictor, worth))
    return estimate.with_estimates(came, estimate.joined(promised, coming))


def _measured(champion: Champion, rows: Examples, p, money, weights) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What came true and what the probabilities had promised, both by month."""
    worth = stakes(money, rows.X)
    limit = usable_threshold(champion.predictor, worth)
    came = performance_by_month(rows.dates, rows.y, p, worth, limit, rows.customers, weights)
    return came, estimate.estimate_by_month(rows.dates, p, worth, limit, weights)


def _came_of_it(history: History, champion: Champion, day, current: Examples, p) -> tuple[dict, np.ndarray]:
    """What the decisions of the day earned, which nobody knew before its labels were in."""
    y, money = history.labels["churned"].to_numpy()[history.rows([day])], history.definition.money
    weights = row_weights(y, history.definition.dataset.prior, champion.facts["churn_rate"])
    rows = Examples(current.X, current.customers, current.dates, y)
    month = estimate.with_estimates(*_measured(champion, rows, p, money, weights)).to_dict("records")[0]
    worth = stakes(money, current.X)
    each = earned(y, p, worth, usable_threshold(champion.predictor, worth)) * (1 if weights is None else weights)
    told = {"rows": len(y), "contacted": month["contacted"], "profit": float(each.sum())}
    told |= {"expected_profit": month["estimated_profit"], "roc_auc": month["roc_auc"]}
    told |= {"estimated_roc_auc": month["estimated_roc_auc"], "churn": float(y.mean())}
    return told, each
