"""Gates of what a model is worth: beside what needs no model, beside the champion, and by its own probabilities."""

import math
from collections.abc import Mapping

from churn_mlops.registry.gates.gate import Gate, make_gate


def beats_naive_ranking(roc_auc_low: float, margin: float = 0.02) -> Gate:
    """Does it rank customers better than chance, by the lower end of the ROC AUC's interval?"""
    limit = 0.5 + margin
    fact = f"The lower end of the ROC AUC's interval is {roc_auc_low:.3f}; it must be above {limit:.3f}."
    cure = "Look for features that are known before the snapshot date, or for more churned customers."
    return make_gate("beats the naive baseline", roc_auc_low > limit, roc_auc_low, limit, fact, cure)


def beats_naive_profit(profit: float, naive_profits: Mapping[str, float]) -> Gate:
    """Does it earn more than the best decision that needs no model?

    `naive_profits` maps the decision ("contact nobody", "contact everybody") to its profit in the unit of `profit`.
    """
    best = max(naive_profits, key=naive_profits.__getitem__)
    limit = naive_profits[best]
    fact = f"The profit is {profit:,.0f}; it must be above {limit:,.0f}, which '{best}' earns without a model."
    cure = "Check the money in the dataset definition, then the decision threshold and the calibration."
    return make_gate("earns more than naive decisions", profit > limit, profit, limit, fact, cure)


def calibrated(calibration_error: float, limit: float = 0.05) -> Gate:
    """Do its probabilities mean what they say, by the expected calibration error (0 to 1)?"""
    fact = f"The expected calibration error is {calibration_error:.4f}; it must be below {limit:.4f}."
    cure = "Calibrate on newer or on more rows: the threshold by profit relies on true probabilities."
    return make_gate("is calibrated", calibration_error < limit, calibration_error, limit, fact, cure)


def ranks_no_worse(comparison: Mapping[str, float] | None, tolerance: float = 0.0) -> Gate:
    """Is there no evidence that it ranks worse than the champion on the same rows?

    `comparison` is paired, challenger minus champion: `roc_auc_difference`, `_low` and `_high`;
    None when there is no champion. It fails only when the whole interval lies below `-tolerance`.
    """
    return _no_worse("ranks no worse than the champion", "ROC AUC", "roc_auc", comparison, tolerance, ".4f")


def earns_no_less(comparison: Mapping[str, float] | None, tolerance: float = 0.0) -> Gate:
    """Is there no evidence that it earns less than the champion on the same rows?

    `comparison` holds `profit_difference`, `_low` and `_high`, in currency; see `ranks_no_worse`.
    """
    return _no_worse("earns no less than the champion", "profit", "profit", comparison, tolerance, ",.0f")


def _no_worse(name, label, key, comparison, tolerance, digits) -> Gate:
    if comparison is None:
        return Gate(name, True, math.nan, 0.0 - tolerance, "There is no champion yet to compare with.")
    middle, low, high = (float(comparison[f"{key}_difference{end}"]) for end in ("", "_low", "_high"))
    fact = (
        f"Its {label} differs from the champion's by {middle:+{digits}} ({low:+{digits}} to {high:+{digits}}); "
        f"the upper end must not be below {0.0 - tolerance:g}."
    )
    cure = "The champion stays; look at the slices where the challenger loses."
    return make_gate(name, high >= -tolerance, high, 0.0 - tolerance, fact, cure)
