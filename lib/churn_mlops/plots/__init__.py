"""The figures: each takes its table and, if wanted, the axes to draw on, and returns the axes.

The only package that imports a plotting library.
"""

from churn_mlops.plots.data import outcomes, split
from churn_mlops.plots.model import candidates, gain, importance, reliability, slices
from churn_mlops.plots.money import gains, profit, sensitivity
from churn_mlops.plots.monitoring import drift, performance, scores
from churn_mlops.plots.search import trials
from churn_mlops.plots.style import use_style

__all__ = [
    "candidates",
    "drift",
    "gain",
    "gains",
    "importance",
    "outcomes",
    "performance",
    "profit",
    "reliability",
    "scores",
    "sensitivity",
    "slices",
    "split",
    "trials",
    "use_style",
]
