"""The search for good settings of every family, within a budget, that ends the same on any number of workers."""

from churn_mlops.models.search.budget import Budget
from churn_mlops.models.search.searching import Search, finalists, search
from churn_mlops.models.search.told import leaders
from churn_mlops.models.search.trial import COMPLETE, FAILED, PRUNED, Trial

__all__ = ["COMPLETE", "FAILED", "PRUNED", "Budget", "Search", "Trial", "finalists", "leaders", "search"]
