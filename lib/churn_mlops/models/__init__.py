"""Candidates, cross-validation, calibration, the decision threshold, metrics and explanations."""

from churn_mlops.models.calibration import CalibratedModel, fit_calibrated
from churn_mlops.models.candidates import make_candidates, suggest_leaves
from churn_mlops.models.comparison import Comparison, compare
from churn_mlops.models.diagnostics import gain_table, reliability_table
from churn_mlops.models.explaining import contributions, effects_table, importance_table, reasons
from churn_mlops.models.families import Blend, Family, Setting, blend_out_of_fold, fit_blend, make_families
from churn_mlops.models.folds import make_folds
from churn_mlops.models.metrics import evaluate
from churn_mlops.models.money import baselines, break_even, expected_profit, profit, profit_curve
from churn_mlops.models.persistence import UntrustedModel, load_model, model_digest, save_model
from churn_mlops.models.slices import slice_table
from churn_mlops.models.threshold import Threshold, choose_threshold
from churn_mlops.models.validation import Choice, CrossValidation, choose, cross_validate

__all__ = [
    "Blend",
    "CalibratedModel",
    "Choice",
    "Comparison",
    "CrossValidation",
    "Family",
    "Setting",
    "Threshold",
    "UntrustedModel",
    "baselines",
    "blend_out_of_fold",
    "break_even",
    "choose",
    "choose_threshold",
    "compare",
    "contributions",
    "cross_validate",
    "effects_table",
    "evaluate",
    "expected_profit",
    "fit_blend",
    "fit_calibrated",
    "gain_table",
    "importance_table",
    "load_model",
    "make_candidates",
    "make_families",
    "make_folds",
    "model_digest",
    "profit",
    "profit_curve",
    "reasons",
    "reliability_table",
    "save_model",
    "slice_table",
    "suggest_leaves",
]
