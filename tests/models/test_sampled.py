import numpy as np
import pandas as pd

from churn_mlops.models.sampled import FitOnSample


class Spy:
    """Counts the rows it is fitted on and says what the column `a` says."""

    def get_params(self, deep=True):
        return {}

    def fit(self, X, y):
        self.rows, self.classes_ = len(X), np.array([0, 1])
        return self

    def predict_proba(self, X):
        return np.column_stack([1 - X["a"], X["a"]])


def test_a_sample_bounds_the_rows_fitted_and_blocks_change_no_prediction():
    X, y = pd.DataFrame({"a": np.linspace(0, 1, 100)}), np.arange(100) % 2
    model = FitOnSample(Spy(), rows=30, block=7).fit(X, y)
    assert model.estimator_.rows == 30
    np.testing.assert_array_equal(model.predict_proba(X)[:, 1], X["a"])
    np.testing.assert_array_equal(model.predict(X), X["a"] > 0.5)
