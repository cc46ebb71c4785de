import pytest
from tests.models.search.families import data, make_linear

from churn_mlops.models.search import COMPLETE, PRUNED, Trial
from churn_mlops.models.search.pruning import limits
from churn_mlops.models.search.trial import Asked, run_trial


def trials(*scores):
    return [Trial(n, 0, "a", {}, COMPLETE if len(s) == 3 else PRUNED, s, s, 0.1) for n, s in enumerate(scores)]


HIGH, LOW = (0.8, 0.7, 0.9), (0.7, 0.7, 0.7)


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ((), ()),
        ((HIGH,) * 4, ()),
        ((HIGH,) * 5, (0.798, 0.748)),
        ((HIGH, HIGH, HIGH, LOW, LOW), (0.798, 0.748)),
        ((HIGH, HIGH, LOW, LOW, LOW, (0.9,), (0.9,)), (0.698, 0.698)),  # of pruned ones the rest is not known
    ],
)
def test_the_limit_is_a_little_below_the_median_of_the_complete(earlier, expected):
    assert limits(trials(*earlier), 3) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("bounds", "state", "folds"),
    [((), COMPLETE, 3), ((0.5, 0.5), COMPLETE, 3), ((0.99, 0.5), PRUNED, 1), ((0.5, 0.99), PRUNED, 2)],
)
def test_a_trial_stops_after_the_fold_in_which_it_falls_behind(bounds, state, folds):
    X, y, folded = data()
    found = run_trial(X, y, folded, Asked(0, 0, "linear", {"c": 1.0}), make_linear, bounds)
    assert (found.state, len(found.roc_auc)) == (state, folds)
