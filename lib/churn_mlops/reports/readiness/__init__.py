"""Readiness: the 28 tests of the ML Test Score, each scored by what this run has left as evidence."""

from churn_mlops.reports.readiness.page import render_readiness
from churn_mlops.reports.readiness.scoring import score

__all__ = ["render_readiness", "score"]
