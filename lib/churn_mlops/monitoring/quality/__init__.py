"""Is what came in fit to learn from? Each month of labelled rows against those before it.

A batch may be poisoned or broken: labels flipped or lost, a column in another unit, rows copied, a segment injected. A
model that learns from it is wrong, and a test part of it cannot tell. Limits are the data's own: how far its earlier
months differ among themselves (`usual`). What changes for a reason that the features show, as a price rise does, is no
fault: the probe that expects and ranks has seen other customers of the same month.
"""

from churn_mlops.monitoring.quality.judging import Limits
from churn_mlops.monitoring.quality.looking import check_months, load_quality, save_quality, strangest
from churn_mlops.monitoring.quality.rows import Months, take_months

__all__ = ["Limits", "Months", "check_months", "load_quality", "save_quality", "strangest", "take_months"]
