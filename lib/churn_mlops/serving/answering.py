"""A model ready to answer: one row in microseconds, many at once, each with decision, worth and reasons."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from churn_mlops.config import ASSUMPTIONS, Definition
from churn_mlops.features.signature import Signature
from churn_mlops.models.explaining import contributions, describe
from churn_mlops.models.explaining.reasons import LOWERS
from churn_mlops.models.money import contacted, expected_profit
from churn_mlops.models.predictor import Predictor
from churn_mlops.models.stakes import Stakes, stakes
from churn_mlops.models.threshold import usable_threshold
from churn_mlops.serving.asked import Reader, make_fields
from churn_mlops.serving.fast import compile_model
from churn_mlops.serving.scoring import CONTACT, LEAVE

COMPILED, PLAIN = "compiled", "scikit-learn"  # the two ways in which one row is answered


@dataclass(frozen=True)
class Terms:
    """The decision where all customers are worth the same: a threshold, and a profit that is a straight line."""

    threshold: float  # of the probability
    start: float  # what an offer earns at a probability of 0,
    rise: float  # and more at 1


@dataclass(frozen=True)
class Answering:
    """One model with what it takes to answer."""

    predictor: Predictor
    definition: Definition
    reader: Reader
    path: str  # COMPILED or PLAIN
    why: str  # the path is that one
    probability: Callable[[list], float]  # of a row's values, in the order of the signature
    explain: Callable[[list], tuple[float, np.ndarray]]  # base and contributions, in log-odds
    terms: "Terms | None" = None  # where all customers are worth the same

    @property
    def signature(self) -> Signature:
        """What the model reads."""
        return self.predictor.signature

    def decide(self, values: list, p: float) -> tuple[str, float | None]:
        """The decision about a row of probability `p`, and what an offer is expected to earn; None: not known."""
        if self.terms:
            return CONTACT if p >= self.terms.threshold else LEAVE, round(self.terms.start + self.terms.rise * p, 2)
        money = self._stakes(values)
        chosen = contacted(p, money, usable_threshold(self.predictor, money))
        worth = float(np.ravel(expected_profit(p, money))[0])
        return CONTACT if np.ravel(chosen)[0] else LEAVE, None if math.isnan(worth) else round(worth, 2)

    def reasons(self, values: list, top: int = 3) -> list[dict]:
        """The columns that move a row's log-odds most, in words, with their contributions; strongest first."""
        _, moved = self.explain(values)
        order = np.argsort(-np.abs(moved), kind="stable")[:top]
        columns = self.signature.columns
        return [
            {
                "reason": describe(columns[place], values[place]) + (LOWERS if moved[place] < 0 else ""),
                "contribution": float(moved[place]),
                "field": columns[place].name,
            }
            for place in order.tolist()
            if moved[place]
        ]

    def predict(self, rows: list[list]) -> np.ndarray:
        """The probabilities of many rows at once, by the model's own predict."""
        return self.predictor.predict(self.frame(rows))

    def each(self, rows: list[list]) -> list[float]:
        """The probabilities of a few hundred rows, by the quicker way."""
        if self.path == COMPILED:
            return [self.probability(row) for row in rows]
        return self.predict(rows).tolist() if rows else []

    def decide_all(self, rows: list[list], p) -> tuple[list[str], list[float | None]]:
        """The decisions of many rows, and what offers are expected to earn."""
        money = stakes(self.definition.money, self.frame(rows))
        chosen = contacted(p, money, usable_threshold(self.predictor, money))
        worth = np.round(np.broadcast_to(expected_profit(p, money), len(rows)), 2)
        words = np.where(chosen, CONTACT, LEAVE).tolist()
        return words, [None if math.isnan(one) else one for one in worth.tolist()]

    def frame(self, rows: list[list]) -> pd.DataFrame:
        """Rows as the model's own predict takes them."""
        return pd.DataFrame(rows, columns=self.signature.names)

    def _stakes(self, values: list):
        """The money at stake in one row."""
        money = self.definition.money
        named = {key: value for key in ASSUMPTIONS if isinstance(value := getattr(money, key), str)}
        if not named:
            return money
        taken = {key: getattr(money, key) for key in ASSUMPTIONS}
        names = self.signature.names
        taken |= {key: np.array([values[names.index(name)]], dtype=float) for key, name in named.items()}
        return Stakes(**taken, currency=money.currency)


def make_answering(predictor: Predictor, definition: Definition) -> Answering:
    """The model ready to answer, compiled where its parts are known; whether that is right is for `check_parity`."""
    reader = Reader(
        make_fields(predictor.signature, definition), predictor.signature.id, definition.dataset.snapshot_date
    )
    try:
        compiled = compile_model(predictor.model, predictor.signature)
    except (ValueError, KeyError, AttributeError, TypeError, LookupError) as error:
        return make_plain(predictor, definition, reader, f"its parts do not compile: {error}")
    why = "the fitted maps and trees in plain arrays, held against the model's own predict when it was loaded"

    def probability(values: list) -> float:
        return 1 / (1 + math.exp(-compiled.score(values)))

    return Answering(
        predictor, definition, reader, COMPILED, why, probability, compiled.explain, _terms(predictor, definition)
    )


def _terms(predictor: Predictor, definition: Definition) -> Terms | None:
    """What is the same for everybody, worked out once."""
    money = definition.money
    if any(isinstance(getattr(money, key), str) for key in ASSUMPTIONS):
        return None
    start, end = expected_profit([0.0, 1.0], money).tolist()
    return Terms(float(usable_threshold(predictor, money)), start, end - start)


def make_plain(predictor: Predictor, definition: Definition, reader: Reader, why: str) -> Answering:
    """The model as it is: slower, and right by definition."""
    names = predictor.signature.names

    def frame(values: list) -> pd.DataFrame:
        kinds = {c.name: "str" if c.kind == "category" else "float64" for c in predictor.signature.columns}
        return pd.DataFrame([values], columns=names).astype(kinds)

    def probability(values: list) -> float:
        return float(predictor.predict(frame(values))[0])

    def explain(values: list) -> tuple[float, np.ndarray]:
        found = contributions(predictor.model, frame(values))
        return found.base, found.values.reindex(columns=names, fill_value=0.0).to_numpy()[0]

    return Answering(predictor, definition, reader, PLAIN, why, probability, explain)
