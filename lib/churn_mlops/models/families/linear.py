"""Logistic regression on curves of the numbers and indicators of the levels."""

from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

from churn_mlops.models.centred import CentredLogistic
from churn_mlops.models.curve import Curve
from churn_mlops.models.families.columns import Names, codes, shares
from churn_mlops.models.families.family import Family, Setting
from churn_mlops.models.sampled import FitOnSample

ROWS, CELLS = 30_000, 12_000_000  # at most so many rows, and rows times columns of the design
WIDEST = 400  # columns of the design that are worth their time
SPACE = (Setting("freedom", 1e-4, 10, log=True), Setting("knots", 2, 8, whole=True))


def linear(names: Names, seed: int, events: int) -> Family:
    """Logistic regression; `freedom` is the inverse of its ridge penalty, `knots` let an effect bend."""
    default = {"freedom": 0.1, "knots": 5}

    def make(settings: dict):
        chosen = default | settings
        knots = min(chosen["knots"], _most_knots(names))
        logistic = CentredLogistic(C=chosen["freedom"], solver="newton-cholesky", max_iter=100)
        design = linear_columns(names, knots, _most_levels(names), seed)
        rows = min(ROWS, CELLS // _width(names, knots))
        return FitOnSample(make_pipeline(design, logistic), rows=rows, seed=seed)

    return Family("linear", make, SPACE, (default, default | {"freedom": 0.003}))


def linear_columns(names: Names, knots: int, most_levels: int, seed: int) -> ColumnTransformer:
    """Ranks, then a smooth curve, for each number; one indicator a common level; what is missing, as a fact.

    Ranks (quantiles) take any skew away and bound what an outlier can do; cubic splines (Eilers and Marx
    1996) let the effect bend. Levels are coded to integers before one-hot only because that is six times
    faster on text. A column of many levels has the share that left of each level beside the indicators.
    """
    ranks = [
        SimpleImputer(strategy="median", keep_empty_features=True),
        QuantileTransformer(n_quantiles=100, subsample=50_000, random_state=seed),
        *([Curve(knots)] if knots else []),
        StandardScaler(),
    ]
    indicators = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=20, max_categories=most_levels, sparse_output=False
    )
    texts = [*names.few, *names.many]
    share = make_pipeline(*[step for _, step in shares(names.levels_of(names.many), seed).steps], StandardScaler())
    return ColumnTransformer(
        [
            ("number", make_pipeline(*ranks), names.numbers),
            ("missing", MissingIndicator(error_on_new=False), names.numbers),
            ("category", make_pipeline(codes(names.levels_of(texts)), indicators), texts),
            ("share", share, names.many),
        ],
        sparse_threshold=0,
    )


def _most_knots(names: Names) -> int:
    """As many knots as leave the design narrow enough; 0, which is a straight line along the ranks, if none do."""
    room = WIDEST // max(1, len(names.numbers)) - 1
    return room if room >= 2 else 0


def _most_levels(names: Names) -> int:
    return max(8, min(50, 2 * WIDEST // max(1, len(names.few) + len(names.many))))


def _width(names: Names, knots: int) -> int:
    texts = [*names.few, *names.many]
    levels = [min(_most_levels(names), len(names.levels.get(name, ())) or 50) for name in texts]
    return max(1, len(names.numbers) * (knots + 2 if knots else 2) + sum(levels) + len(names.many))
