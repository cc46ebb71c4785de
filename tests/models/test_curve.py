import numpy as np
import pytest
from sklearn.preprocessing import SplineTransformer

from churn_mlops.models.curve import BLOCK, Curve


@pytest.mark.parametrize("knots", [2, 3, 5, 9])
def test_the_basis_is_that_of_scikit_learn_with_even_knots(knots):
    X = np.random.default_rng(0).random((BLOCK + 3, 2))
    X[:2] = [[0, 1], [1, 0]]
    even = np.tile(np.linspace(0, 1, knots)[:, None], 2)
    theirs = SplineTransformer(n_knots=knots, knots=even, include_bias=False).fit_transform(X)
    np.testing.assert_allclose(Curve(knots).fit_transform(X), theirs, atol=1e-12)
