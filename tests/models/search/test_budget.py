import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.models.search import Budget


@pytest.mark.parametrize(
    ("budget", "trials", "rounds", "more"),
    [
        (Budget(trials=20), 0, [], True),
        (Budget(trials=20), 16, [1e9], True),
        (Budget(trials=20), 20, [1.0], False),
        (Budget(trials=20), 24, [1.0], False),
        (Budget(seconds=10), 0, [], True),
        (Budget(seconds=10), 900, [3.0, 3.0], True),
        (Budget(seconds=10), 8, [3.0, 3.0, 3.0], False),
        (Budget(seconds=10), 8, [6.0], False),  # another one would end too late
        (Budget(trials=1, seconds=10), 8, [1.0], True),  # seconds decide
    ],
)
def test_a_budget_says_whether_more_may_be_tried(budget, trials, rounds, more):
    assert bool(budget.left(trials, rounds)) is more


@pytest.mark.parametrize("wrong", [{}, {"trials": -1}, {"seconds": -1.0}, {"seconds": float("inf")}])
def test_no_budget_is_refused(wrong):
    with pytest.raises(ConfigError, match=r"a budget of .*Cure: set train\.trials, or train\.budget_s"):
        Budget(**wrong)
