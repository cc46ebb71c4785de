"""Columns that tell what was known only afterwards: found before anything is trained."""

from churn_mlops.features.leaks.suspicion import check_leaks
from churn_mlops.features.leaks.table import leak_table, load_leaks, save_leaks, strongest, worst_first

__all__ = ["check_leaks", "leak_table", "load_leaks", "save_leaks", "strongest", "worst_first"]
