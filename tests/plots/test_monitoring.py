import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from churn_mlops import plots
from churn_mlops.plots.style import BLUE, ORANGE


def test_moved_columns_have_the_colour_of_attention():
    table = pd.DataFrame(
        {"column": ["a", "b"], "psi": [0.4, 0.01], "psi_limit": [0.2, 0.25], "verdict": ["moved", "stable"]}
    )
    bars = plots.drift(table).patches
    assert [mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in bars] == [BLUE, ORANGE]


@pytest.mark.parametrize(
    ("threshold", "told"),
    [
        (0.3, ["contact at 30.0% or more: 50.0% of customers"]),
        (0.9, ["contact at 90.0% or more: 0.0% of customers"]),
        (None, []),
    ],
)
def test_the_scores_say_how_many_are_contacted(words, threshold, told):
    assert words(plots.scores(np.array([0.1, 0.2, 0.3, 0.4]), threshold)) == told


@pytest.mark.slow
@pytest.mark.parametrize(("months", "by"), [(["all"], ""), (["2026-01", "2026-02"], ", by month")])
@pytest.mark.parametrize(("reference", "told"), [(None, False), (np.nan, False), (0.75, True)])
def test_realised_performance_is_drawn_beside_the_evaluation_where_that_is_known(words, months, by, reference, told):
    rates = {"observed_rate": 0.2, "expected_rate": 0.25}
    table = pd.DataFrame({"month": months, "roc_auc": 0.7, "roc_auc_low": 0.6, "roc_auc_high": 0.8, **rates})
    ax = plots.performance(table, reference=reference)
    assert ax.get_title(loc="left") == f"Performance that came true{by}"
    assert ("evaluation\n0.750" in words(ax)) is told
