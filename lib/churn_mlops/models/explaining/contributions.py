"""What each raw column adds to a row's log-odds of leaving: base and contributions add up to the model's answer."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from scipy.special import logit

from churn_mlops.errors import DataError
from churn_mlops.models.calibration import CLIP, log_odds
from churn_mlops.models.explaining.forest import Forest, of_boosting, of_text, of_trees
from churn_mlops.models.explaining.origins import follow, origins
from churn_mlops.models.explaining.paths import Paths, find_paths
from churn_mlops.models.explaining.shapley import shapley_values

MOST = float(logit(1 - CLIP))  # log-odds at which calibration and blend hold their members
BLOCK = 20_000  # rows at a time
NEAR = 1e-9  # probabilities this close to the mean: the slope of the log-odds instead of a ratio


@dataclass(frozen=True)
class Contributions:
    """`base` is the log-odds of the average training row; `values` (rows x raw columns) what each column adds."""

    base: float
    values: pd.DataFrame

    @property
    def log_odds(self) -> np.ndarray:
        """Base and contributions together: log(p / (1 - p)) of the model's own probability."""
        return self.base + self.values.to_numpy().sum(axis=1)


def contributions(model, X: pd.DataFrame) -> Contributions:
    """Exact additive contributions of the raw columns to the log-odds that `model` gives the rows of X.

    Coefficients times the distance from the average for a linear model, Shapley values for trees, and for a
    blend and a calibration what they make of those of their members. Raises DataError for another kind of model.
    """
    if X.empty:
        return _of_nobody(model, X)
    parts = [_explain(model, X.iloc[start : start + BLOCK]) for start in range(0, len(X), BLOCK)]
    values = pd.concat([part.values for part in parts]) if len(parts) > 1 else parts[0].values
    return Contributions(parts[0].base, values[[name for name in X if name in values]])


def _of_nobody(model, X) -> Contributions:
    """The base, and no rows: found with a row of nothing, because preprocessing refuses tables without any."""
    found = _explain(model, X.reindex([0]))
    return Contributions(found.base, found.values.head(0))


def _explain(model, X) -> Contributions:
    if hasattr(model, "slope"):
        inner = _held(_explain(model.estimator_, X))
        shift = model.intercept + getattr(model, "shift", 0.0)
        return Contributions(model.slope * inner.base + shift, model.slope * inner.values)
    if hasattr(model, "shares"):
        return _blended([_held(_explain(member, X)) for member in model.estimators_], model.shares())
    if hasattr(model, "steps"):
        return _piped(model, X)
    if hasattr(model, "class_prior_"):
        p = model.class_prior_[list(model.classes_).index(1)]
        return Contributions(float(log_odds(p)), pd.DataFrame(0.0, X.index, X.columns))
    if hasattr(model, "estimator_"):
        return _explain(model.estimator_, X)
    raise DataError(f"a {type(model).__name__} cannot be explained. Cure: a model of one of the project's families.")


def _blended(members: list[Contributions], shares) -> Contributions:
    """A column that only some members read counts for nothing in the others."""
    values = 0.0
    for member, share in zip(members, shares, strict=True):
        values = (share * member.values).add(values, fill_value=0.0)
    return Contributions(float(np.dot(shares, [member.base for member in members])), values)


def _held(found: Contributions) -> Contributions:
    """The same within the log-odds that a probability of 1e-7 has: calibration and blend see no more extreme ones."""
    total, base = found.log_odds, float(np.clip(found.base, -MOST, MOST))
    if base == found.base and (np.abs(total) <= MOST).all():
        return found
    distance = total - found.base
    scale = np.divide(np.clip(total, -MOST, MOST) - base, distance, out=np.ones_like(total), where=distance != 0)
    return Contributions(base, found.values.mul(scale, axis=0))


def _piped(model, X) -> Contributions:
    """A ColumnTransformer, maybe more steps, and an estimator of numbers."""
    (_, columns), *between, (_, estimator) = model.steps
    names, places = origins(columns)
    Z = columns.transform(X)
    for _, step in between:
        Z, places = step.transform(Z), follow(step, places)
    Z = np.asarray(Z.toarray() if hasattr(Z, "toarray") else Z, dtype=float)
    base, values = _of_numbers(estimator, Z)
    return Contributions(float(base), pd.DataFrame(_gather(values, places, len(names)), X.index, names))


def _gather(values, places, columns: int) -> np.ndarray:
    """The outputs' contributions added up by raw column."""
    if np.array_equal(places, np.arange(columns)):
        return values
    return values @ (places[:, None] == np.arange(columns)).astype(float)


def _of_numbers(estimator, Z) -> tuple[float, np.ndarray]:
    """Base and contributions of the columns of a numeric matrix."""
    if hasattr(estimator, "coef_"):
        return _linear(estimator, Z)
    known = _know(estimator)
    if known.averages_probabilities:
        return _from_probabilities(known.base, shapley_values(known.paths, Z.astype(np.float32)))
    if hasattr(estimator, "inputs"):  # its trees see sums and differences of columns too
        return known.base, estimator.fold(shapley_values(known.paths, estimator.inputs(Z)))
    return known.base, shapley_values(known.paths, Z)


def _linear(estimator, Z) -> tuple[float, np.ndarray]:
    """Coefficients times what a row differs by from the training rows' mean, where the model has kept that."""
    (coefficients,), centre = estimator.coef_, getattr(estimator, "centre_", np.zeros(Z.shape[1]))
    return float(estimator.intercept_[0] + centre @ coefficients), (Z - centre) * coefficients


def _from_probabilities(base: float, values) -> tuple[float, np.ndarray]:
    """Contributions to a probability, stretched to add up in the log-odds: a forest averages probabilities."""
    distance = values.sum(axis=1)
    p, middle = np.clip(base + distance, CLIP, 1 - CLIP), np.clip(base, CLIP, 1 - CLIP)
    slope = np.full(len(values), 1 / (middle * (1 - middle)))
    far = np.abs(distance) > NEAR
    slope[far] = (logit(p[far]) - logit(middle)) / distance[far]
    return float(logit(middle)), values * slope[:, None]


@dataclass(frozen=True)
class _Known:
    """The paths of a fitted ensemble, found once: one row is then explained in milliseconds."""

    fitted: object  # what they were found in: another after the estimator was fitted again
    base: float
    paths: list[Paths]
    averages_probabilities: bool


_KNOWN: WeakKeyDictionary = WeakKeyDictionary()
_FITTED = ("text_", "_predictors", "estimators_")  # of LightGBM, of scikit-learn's boosting, of its forests


def _know(estimator) -> _Known:
    name = next((name for name in _FITTED if hasattr(estimator, name)), None)
    if name is None:
        what = type(estimator).__name__
        raise DataError(f"a {what} cannot be explained. Cure: a model of one of the project's families.")
    known, fitted = _KNOWN.get(estimator), getattr(estimator, name)
    if known is None or known.fitted is not fitted:
        start, forest = _forest(estimator, name)
        known = _KNOWN[estimator] = _Known(fitted, start + forest.base, find_paths(forest), name == "estimators_")
    return known


def _forest(estimator, name: str) -> tuple[float, Forest]:
    if name == "text_":
        return 0.0, of_text(estimator.text_)
    return of_boosting(estimator) if name == "_predictors" else (0.0, of_trees(estimator))
