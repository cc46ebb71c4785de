"""Why a model says what it says: of one row, of a column, of all columns."""

from churn_mlops.models.explaining.contributions import Contributions, contributions
from churn_mlops.models.explaining.effects import effects_table
from churn_mlops.models.explaining.importance import importance_table
from churn_mlops.models.explaining.reasons import breakdown, reasons
from churn_mlops.models.explaining.words import describe, readable

__all__ = [
    "Contributions",
    "breakdown",
    "contributions",
    "describe",
    "effects_table",
    "importance_table",
    "readable",
    "reasons",
]
