"""Families, folds, cross-validation, calibration, the decision threshold, metrics and explanations."""

from churn_mlops.models.calibration import CalibratedModel, fit_calibrated
from churn_mlops.models.choice import Choice, choose, chosen_model
from churn_mlops.models.comparison import Comparison, compare, describe_duel, duel_table
from churn_mlops.models.diagnostics import gain_table, reliability_table
from churn_mlops.models.earnings import Earnings, earnings
from churn_mlops.models.explaining import contributions, effects_table, importance_table, reasons
from churn_mlops.models.families import Blend, Family, Setting, blend_out_of_fold, fit_blend, make_families
from churn_mlops.models.folds import Folds, choose_folds, keep_together, make_folds, make_time_folds
from churn_mlops.models.metrics import evaluate
from churn_mlops.models.money import baselines, break_even, contacted, earned, expected_profit, profit, profit_curve
from churn_mlops.models.persistence import UntrustedModel, load_model, model_digest, save_model
from churn_mlops.models.saving import save_evaluation
from churn_mlops.models.sensitivity import sensitivity_table
from churn_mlops.models.slices import group_table, slice_table, widest_gap
from churn_mlops.models.speed import measure_speed, speed_table
from churn_mlops.models.stability import Stability, measure_stability, stability_table
from churn_mlops.models.stakes import Stakes, stakes
from churn_mlops.models.threshold import Threshold, choose_threshold
from churn_mlops.models.training import Trained, train
from churn_mlops.models.validation import CrossValidation, add_blend, cross_validate
from churn_mlops.models.weights import row_weights

__all__ = [
    "Blend",
    "CalibratedModel",
    "Choice",
    "Comparison",
    "CrossValidation",
    "Earnings",
    "Family",
    "Folds",
    "Setting",
    "Stability",
    "Stakes",
    "Threshold",
    "Trained",
    "UntrustedModel",
    "add_blend",
    "baselines",
    "blend_out_of_fold",
    "break_even",
    "choose",
    "choose_folds",
    "choose_threshold",
    "chosen_model",
    "compare",
    "contacted",
    "contributions",
    "cross_validate",
    "describe_duel",
    "duel_table",
    "earned",
    "earnings",
    "effects_table",
    "evaluate",
    "expected_profit",
    "fit_blend",
    "fit_calibrated",
    "gain_table",
    "group_table",
    "importance_table",
    "keep_together",
    "load_model",
    "make_families",
    "make_folds",
    "make_time_folds",
    "measure_speed",
    "measure_stability",
    "model_digest",
    "profit",
    "profit_curve",
    "reasons",
    "reliability_table",
    "row_weights",
    "save_evaluation",
    "save_model",
    "sensitivity_table",
    "slice_table",
    "speed_table",
    "stability_table",
    "stakes",
    "train",
    "widest_gap",
]
