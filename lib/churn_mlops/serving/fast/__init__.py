"""One row at a time without tables: the fitted model as plain maps and arrays, held against the model itself."""

from churn_mlops.serving.fast.compiled import Compiled, compile_model
from churn_mlops.serving.fast.parity import TOLERANCE, check_parity

__all__ = ["TOLERANCE", "Compiled", "check_parity", "compile_model"]
