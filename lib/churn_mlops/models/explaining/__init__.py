"""Why a model says what it says: of one row, of a column, of all columns."""

from churn_mlops.models.explaining.contributions import Contributions, contributions

__all__ = ["Contributions", "contributions"]
