"""The families of models, their settings, and the blend of several."""

from churn_mlops.models.families.blend import Blend, blend_out_of_fold, blended, fit_blend
from churn_mlops.models.families.columns import suggest_leaves
from churn_mlops.models.families.family import Family, Setting
from churn_mlops.models.families.lightgbm import LightGBMModel
from churn_mlops.models.families.make import make_families

__all__ = [
    "Blend",
    "Family",
    "LightGBMModel",
    "Setting",
    "blend_out_of_fold",
    "blended",
    "fit_blend",
    "make_families",
    "suggest_leaves",
]
