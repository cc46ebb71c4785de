"""Results by slice and by group: where a model does clearly worse than on the whole."""

from churn_mlops.models.slices.cutting import LEVELS, slices_of
from churn_mlops.models.slices.groups import group_table, widest_gap
from churn_mlops.models.slices.measuring import roc_auc
from churn_mlops.models.slices.table import slice_table

__all__ = ["LEVELS", "group_table", "roc_auc", "slice_table", "slices_of", "widest_gap"]
