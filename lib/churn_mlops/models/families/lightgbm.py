"""LightGBM as a scikit-learn object whose fitted state is LightGBM's own text."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from churn_mlops.models.families.pairs import SAMPLE, Scale, fold, most_columns, scale_of, with_pairs
from churn_mlops.models.threads import boosting_threads

BLOCK = 100_000  # rows predicted at a time, which bounds what their pairs take of memory
FIRST = 50  # trees that show which columns matter
TAIL = "\nparameters:"  # of the text: what was set, the number of threads too; no prediction reads it


class LightGBMModel(ClassifierMixin, BaseEstimator):
    """Boosted trees, or with `forest` a random forest, of `iterations` trees on a numeric array with gaps.

    `leaves` and `leaf_rows` bound a tree; `column_share` of the columns are looked at in a tree (in a forest:
    in a split), `row_share` of the rows; `extra` draws one threshold a column instead of trying all (Geurts et
    al. 2006, "Extremely randomized trees"); `smooth` draws a leaf to its parent the fewer rows it has.

    `text_` is all that is kept: it holds no code, and is the same for the same data, settings and seed on any
    machine and number of threads. Predictions are of the model read from it, before it is saved and after.
    """

    def __init__(
        self,
        iterations=200,
        learning_rate=0.05,
        leaves=15,
        leaf_rows=20,
        l2=1.0,
        column_share=0.5,
        row_share=1.0,
        smooth=0.0,
        extra=False,
        forest=False,
        pairs=0,
        seed=0,
    ):
        self.iterations = iterations
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.leaf_rows = leaf_rows
        self.l2 = l2
        self.column_share = column_share
        self.row_share = row_share
        self.smooth = smooth
        self.extra = extra
        self.forest = forest
        self.pairs = pairs
        self.seed = seed

    def fit(self, X, y):
        """Fit on all rows; `y` holds the two classes 0 and 1."""
        X, y = _dense(X), np.asarray(y, dtype=np.float64)
        paired = self._paired(X, y)
        scale = scale_of(X, paired)
        self.paired_, self.mean_, self.sd_ = scale.columns, scale.mean, scale.sd
        self.classes_, self.n_features_in_ = np.array([0, 1]), X.shape[1]
        booster = self._boost(self.inputs(X), y, self.iterations)
        self.text_ = booster.model_to_string().split(TAIL)[0] + "\n"
        return self

    def inputs(self, X) -> np.ndarray:
        """What the trees of the text see: the columns, and their pairs where there are any."""
        X = _dense(X)
        return with_pairs(X, Scale(self.paired_, self.mean_, self.sd_)) if len(self.paired_) else X

    def fold(self, values) -> np.ndarray:
        """Values of the columns of `inputs` as values of the columns of X: of a pair each gets half."""
        return fold(values, self.paired_, self.n_features_in_)

    def predict_proba(self, X):
        """Probabilities of the two classes, shape (rows, 2)."""
        p = self._predict(X)
        return np.column_stack([1 - p, p])

    def predict(self, X):
        """The more probable class."""
        return self.classes_[(self._predict(X) >= 0.5).astype(int)]

    def contributions(self, X) -> np.ndarray:
        """Each column's part of the log-odds (TreeSHAP), and in a last column the base: they add up to it."""
        parts = self._predict(X, pred_contrib=True)
        parts = parts / self.iterations if self.forest else parts  # LightGBM averages the trees' scores, but not these
        return np.column_stack([self.fold(parts[:, :-1]), parts[:, -1]])

    def _predict(self, X, **how) -> np.ndarray:
        X = _dense(X)
        threads, starts = boosting_threads(len(X)), range(0, len(X), BLOCK)
        blocks = (self.inputs(X[start : start + BLOCK]) for start in starts)
        found = [self._booster().predict(block, num_threads=threads, **how) for block in blocks]
        return np.concatenate(found) if found else np.zeros((0, self.inputs(X).shape[1] + 1) if how else 0)

    def _paired(self, X, y) -> np.ndarray:
        """The columns whose pairs the trees see, those that a few trees gain by most, in order."""
        most = most_columns(min(self.pairs, X.shape[1]), len(X))
        if not most:
            return np.zeros(0, dtype=np.int64)
        some = np.arange(len(X))
        if len(X) > SAMPLE:
            some = np.sort(np.random.default_rng(self.seed).choice(len(X), SAMPLE, replace=False))
        gain = self._boost(X[some], y[some], FIRST).feature_importance("gain")
        return np.sort(np.argsort(-gain, kind="stable")[:most])

    def _boost(self, X, y, iterations: int):
        import lightgbm

        settings = self._settings(len(X))
        return lightgbm.train(settings, lightgbm.Dataset(X, y, params=settings), iterations)

    def _booster(self):
        """The model read from its text, once; beside the state, so that nothing of it is stored or compared."""
        if getattr(self, "_read", (None,))[0] is not self.text_:
            import lightgbm

            self._read = (self.text_, lightgbm.Booster(model_str=self.text_))
        return self._read[1]

    def _settings(self, rows: int) -> dict:
        by_split = "feature_fraction_bynode" if self.forest else "feature_fraction"
        return {
            "objective": "binary",
            "boosting": "rf" if self.forest else "gbdt",
            "learning_rate": self.learning_rate,
            "num_leaves": max(2, self.leaves),
            "min_data_in_leaf": self.leaf_rows,
            "min_sum_hessian_in_leaf": 1e-3,
            "lambda_l2": self.l2,
            by_split: self.column_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": int(self.row_share < 1),
            "path_smooth": self.smooth,
            "extra_trees": self.extra,
            "seed": self.seed,
            "num_threads": boosting_threads(rows),
            "deterministic": True,
            "force_row_wise": True,
            "enable_bundle": False,
            "feature_pre_filter": False,
            "verbosity": -1,
        }

    def __getstate__(self):
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_read"}


def _dense(X) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(X, dtype=np.float64))
