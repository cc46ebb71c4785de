"""What holds of every figure."""

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from churn_mlops import models, plots
from churn_mlops.config import Money

pytestmark = pytest.mark.slow

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)
RNG = np.random.default_rng(0)
P = RNG.beta(1, 4, 400)
Y = (RNG.random(400) < P).astype(int)
X = pd.DataFrame({"plan": RNG.choice(["basic", "plus"], 400), "age": RNG.normal(40, 9, 400)})
MONTHS = ["2026-01", "2026-02", "2026-03"]
PERIODS = pd.DataFrame({"period": MONTHS, "left": [3, 4, 5], "stayed": [97, 96, 95], "rate": [0.03, 0.04, 0.05]})
FOLDS = pd.DataFrame({"candidate": ["naive", "linear"] * 2, "fold": [1, 1, 2, 2], "roc_auc": [0.5, 0.7, 0.5, 0.8]})
IMPORTANCE = pd.DataFrame(
    {"column": ["a", "b"], "importance": [0.1, 0.001], "importance_low": [0.05, -0.01], "importance_high": [0.2, 0.01]}
)
BREAKDOWN = pd.DataFrame(
    {
        "what": ["average customer", "pays $10 or $20", "all other columns"],
        "contribution": [-2.0, 1.5, -0.1],
        "log_odds": [-2.0, -0.5, -0.6],
        "probability": [0.12, 0.38, 0.35],
    }
)
DRIFT = pd.DataFrame(
    {"column": ["a", "b"], "psi": [0.4, 0.01], "psi_limit": [0.2, 0.25], "verdict": ["moved", "stable"]}
)
REALISED = pd.DataFrame({"month": MONTHS, "roc_auc": [0.7, 0.8, np.nan], "roc_auc_low": [0.6, 0.7, np.nan],
                         "roc_auc_high": [0.8, 0.9, np.nan], "observed_rate": 0.2, "expected_rate": 0.25})  # fmt: skip
DATES = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01"])
TRIALS = pd.DataFrame(
    {
        "number": range(6),
        "family": ["linear", "boosted", "broken", "linear", "boosted", "boosted"],
        "state": ["complete", "complete", "failed", "complete", "pruned", "complete"],
        "roc_auc": [0.7, 0.74, np.nan, 0.5, 0.72, 0.75],
        "best_so_far": [0.7, 0.74, 0.74, 0.74, 0.74, 0.75],
    }
)
LABELS = pd.DataFrame({"day": DATES, "churned": [0, 1, 0], "split": ["train", "unused", "test"]})
EARNED, NOBODY = (models.earnings(Y, P, MONEY, threshold, replicates=20) for threshold in (0.2, 1.5))
BY_CUSTOMER = models.earnings(Y, P, models.Stakes(RNG.gamma(2, 50, 400), 10, 0.5), 0.0, replicates=20)
SLICES = models.slice_table(X, Y, P, MONEY, 0.2)
GROUPS = models.group_table(X, Y, P > 0.2)

FIGURES = {
    "outcomes by period": lambda ax=None: plots.outcomes(PERIODS, ax=ax),
    "outcomes without time": lambda ax=None: plots.outcomes(PERIODS.head(1), ax=ax),
    "split by time": lambda ax=None: plots.split(LABELS, "day", ax=ax),
    "split by customer": lambda ax=None: plots.split(LABELS, ax=ax),
    "candidates": lambda ax=None: plots.candidates(FOLDS, ax=ax),
    "trials": lambda ax=None: plots.trials(TRIALS, ax=ax),
    "one trial": lambda ax=None: plots.trials(TRIALS.head(1), ax=ax),
    "profit": lambda ax=None: plots.profit(models.profit_curve(Y, P, MONEY), 0.2, ax=ax),
    "profit of nobody": lambda ax=None: plots.profit(models.profit_curve(Y, P, MONEY), 1.5, ax=ax),
    "profit by customer": lambda ax=None: plots.profit(BY_CUSTOMER.curve, 0.0, ax=ax),
    "profit with its interval": lambda ax=None: plots.profit(EARNED.curve, 0.2, ax=ax),
    "gains": lambda ax=None: plots.gains(EARNED.table, ax=ax),
    "gains by customer": lambda ax=None: plots.gains(BY_CUSTOMER.table, ax=ax),
    "sensitivity": lambda ax=None: plots.sensitivity(models.sensitivity_table(P, MONEY, 0.2, EARNED), ax=ax),
    "sensitivity of nobody": lambda ax=None: plots.sensitivity(models.sensitivity_table(P, MONEY, 1.5, NOBODY), ax=ax),
    "reliability": lambda ax=None: plots.reliability(models.reliability_table(Y, P), ax=ax),
    "gain": lambda ax=None: plots.gain(models.gain_table(Y, P), ax=ax),
    "gain with intervals": lambda ax=None: plots.gain(models.gain_table(Y, P), ax, models.evaluate(Y, P, replicates=9)),
    "importance": lambda ax=None: plots.importance(IMPORTANCE, ax=ax),
    "breakdown": lambda ax=None: plots.breakdown(BREAKDOWN, ax=ax),
    "slices": lambda ax=None: plots.slices(SLICES, ax=ax),
    "flagged slices": lambda ax=None: plots.slices(SLICES.assign(flag="ranks worse"), ax=ax),
    "groups": lambda ax=None: plots.groups(GROUPS, ax=ax),
    "groups of nothing": lambda ax=None: plots.groups(GROUPS.head(0), ax=ax),
    "scores": lambda ax=None: plots.scores(P, 0.2, ax=ax),
    "scores without a threshold": lambda ax=None: plots.scores(P, ax=ax),
    "scores below the threshold": lambda ax=None: plots.scores(np.full(5, 0.01), 1.5, ax=ax),
    "drift": lambda ax=None: plots.drift(DRIFT, ax=ax),
    "performance": lambda ax=None: plots.performance(REALISED, ax=ax, reference=0.75),
    "performance not known": lambda ax=None: plots.performance(REALISED.tail(1), ax=ax),
}


def drawn(ax) -> str:
    file = io.StringIO()
    ax.figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.filterwarnings("error", "ignore::ResourceWarning")  # of files that other tests have left
def test_a_figure_has_a_title_and_named_axes_and_draws_the_same_bytes_each_time(name):
    ax = FIGURES[name]()
    assert ax.get_title(loc="left")
    assert all(axes.get_xlabel() or axes.get_ylabel() for axes in ax.figure.axes)
    assert drawn(ax) == drawn(FIGURES[name]())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_on_the_axes_given(name):
    _, (mine, other) = plt.subplots(2)
    assert FIGURES[name](ax=mine) is mine
    assert mine.has_data()
    assert not other.has_data()


@pytest.mark.slow
def test_models_need_no_plotting_library():
    program = "import sys, churn_mlops.models; assert not any(name.startswith('matplotlib') for name in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
