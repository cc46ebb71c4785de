"""Gates of whether a model may be trusted: too good to be true, blind in a slice, unfair, or another one tomorrow."""

from churn_mlops.registry.gates.gate import Gate, make_gate


def not_suspicious(roc_auc: float, ceiling: float = 0.99, culprit: str = "") -> Gate:
    """Is it not too good to be true? Churn is never known that well: a feature then holds the answer.

    `culprit` is a sentence that names the column which does it.
    """
    fact = f"The ROC AUC is {roc_auc:.4f}; it must be below {ceiling:.4f}."
    cure = "A column probably knows the future: drop the most important feature, or correct its date."
    cure = f"{culprit} {cure}" if culprit else cure
    return make_gate("is not suspiciously good", roc_auc < ceiling, roc_auc, ceiling, fact, cure)
