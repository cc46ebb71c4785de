"""Candidates, cross-validation, calibration, the decision threshold, metrics and explanations."""

from churn_mlops.models.calibration import CalibratedModel, fit_calibrated
from churn_mlops.models.candidates import make_candidates, suggest_leaves
from churn_mlops.models.comparison import Comparison, compare, describe_duel, duel_table
from churn_mlops.models.diagnostics import gain_table, reliability_table
from churn_mlops.models.earnings import Earnings, earnings
from churn_mlops.models.folds import make_folds
from churn_mlops.models.importance import importance_table
from churn_mlops.models.metrics import evaluate
from churn_mlops.models.money import baselines, break_even, contacted, earned, expected_profit, profit, profit_curve
from churn_mlops.models.persistence import UntrustedModel, load_model, model_digest, save_model
from churn_mlops.models.saving import save_evaluation
from churn_mlops.models.sensitivity import sensitivity_table
from churn_mlops.models.slices import group_table, slice_table, widest_gap
from churn_mlops.models.speed import measure_speed, speed_table
from churn_mlops.models.stakes import Stakes, stakes
from churn_mlops.models.threshold import Threshold, choose_threshold
from churn_mlops.models.validation import Choice, CrossValidation, choose, cross_validate
from churn_mlops.models.weights import row_weights

__all__ = [
    "CalibratedModel",
    "Choice",
    "Comparison",
    "CrossValidation",
    "Earnings",
    "Stakes",
    "Threshold",
    "UntrustedModel",
    "baselines",
    "break_even",
    "choose",
    "choose_threshold",
    "compare",
    "contacted",
    "cross_validate",
    "describe_duel",
    "duel_table",
    "earned",
    "earnings",
    "evaluate",
    "expected_profit",
    "fit_calibrated",
    "gain_table",
    "importance_table",
    "load_model",
    "make_candidates",
    "make_folds",
    "model_digest",
    "profit",
    "profit_curve",
    "reliability_table",
    "row_weights",
    "save_evaluation",
    "save_model",
    "sensitivity_table",
    "slice_table",
    "stakes",
    "suggest_leaves",
]
