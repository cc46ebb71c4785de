"""The fitted model as functions of one row: its log-odds, and what each column adds to them.

A row is a list in the order of the signature: numbers with NaN for gaps, text with MISSING for none. Members of a blend
and of the calibration are held at the log-odds of 1e-7, as `log_odds` does; the rest is the same sums in another order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from churn_mlops.models.calibration import log_odds
from churn_mlops.models.explaining.contributions import MOST
from churn_mlops.models.explaining.forest import of_boosting, of_text
from churn_mlops.models.explaining.paths import find_paths
from churn_mlops.serving.fast.columns import for_trees, places_of
from churn_mlops.serving.fast.forest import compile_forest
from churn_mlops.serving.fast.linear import for_linear
from churn_mlops.serving.fast.shapley import compile_shapley


@dataclass(frozen=True)
class Compiled:
    """A model of one row."""

    score: Callable[[list], float]  # row -> log-odds
    explain: Callable[[list], tuple[float, np.ndarray]]  # row -> base, and what each column of the signature adds


def compile_model(model, signature) -> Compiled:
    """The model as functions of one row; raises ValueError for one that is made of parts which are not known here."""
    if hasattr(model, "slope"):
        return _calibrated(model, compile_model(model.estimator_, signature))
    if hasattr(model, "shares"):
        return _blended([compile_model(member, signature) for member in model.estimators_], model.shares().tolist())
    if hasattr(model, "class_prior_"):
        return _constant(float(log_odds(model.class_prior_[list(model.classes_).index(1)])), len(signature.columns))
    if hasattr(model, "estimator_"):
        return compile_model(model.estimator_, signature)
    if len(getattr(model, "steps", ())) != 2:
        raise ValueError(f"a {type(model).__name__} is not known")
    (_, columns), (_, estimator) = model.steps
    if hasattr(estimator, "coef_"):
        return _linear(columns, estimator, signature)
    return _trees(columns, estimator, signature)


def _held(z: float) -> float:
    return -MOST if z < -MOST else MOST if z > MOST else z


def _held_parts(base: float, values) -> tuple[float, np.ndarray]:
    """The same within those log-odds, stretched in proportion, as `models.explaining` does."""
    total, start = base + float(values.sum()), _held(base)
    if start == base and -MOST <= total <= MOST:
        return base, values
    return start, values * ((_held(total) - start) / (total - base) if total != base else 1.0)


def _calibrated(model, inner: Compiled) -> Compiled:
    slope, shift = float(model.slope), float(model.intercept + getattr(model, "shift", 0.0))

    def explain(row):
        base, values = _held_parts(*inner.explain(row))
        return slope * base + shift, slope * values

    return Compiled(lambda row: slope * _held(inner.score(row)) + shift, explain)


def _blended(members: list[Compiled], shares: list[float]) -> Compiled:
    def score(row):
        return sum(share * _held(member.score(row)) for share, member in zip(shares, members, strict=True))

    def explain(row):
        told = [_held_parts(*member.explain(row)) for member in members]
        base = sum(share * base for share, (base, _) in zip(shares, told, strict=True))
        return base, sum(share * values for share, (_, values) in zip(shares, told, strict=True))

    return Compiled(score, explain)


def _constant(z: float, columns: int) -> Compiled:
    return Compiled(lambda row: z, lambda row: (z, np.zeros(columns)))


def _linear(columns, estimator, signature) -> Compiled:
    (coefficients,), start = estimator.coef_, float(estimator.intercept_[0])
    added = for_linear(columns, coefficients, signature)
    centre = getattr(estimator, "centre_", np.zeros(len(coefficients))) * coefficients
    average = np.array([centre[places].sum() for places in places_of(columns, signature)])
    base = start + float(average.sum())

    def parts(row):
        return [0.0 if add is None else add(value) for add, value in zip(added, row, strict=True)]

    return Compiled(lambda row: start + sum(parts(row)), lambda row: (base, np.array(parts(row)) - average))


def _trees(columns, estimator, signature) -> Compiled:
    start, forest = (0.0, of_text(estimator.text_)) if hasattr(estimator, "text_") else of_boosting(estimator)
    made = for_trees(columns, signature)
    paired = hasattr(estimator, "inputs") and len(estimator.paired_) > 0
    width = len(made) if not paired else estimator.inputs(np.zeros((1, len(made)))).shape[1]
    say, share, base = compile_forest(forest), compile_shapley(find_paths(forest), width), start + forest.base
    places = [place for place, _ in made]

    def numbers(row):
        return [row[place] if make is None else make(row[place]) for place, make in made]

    def seen(row):
        return estimator.inputs([numbers(row)])[0].tolist() if paired else numbers(row)

    def explain(row):
        values = share(np.array(seen(row)))
        told = np.zeros(len(signature.columns))
        told[places] = estimator.fold(values[None])[0] if paired else values
        return base, told

    return Compiled(lambda row: start + say(seen(row)), explain)
