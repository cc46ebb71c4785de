"""Gates of whether a model may be trusted: too good to be true, wrong in a slice, or unfair to a group."""

import math

from churn_mlops.registry.gates.gate import Gate, make_gate

MOST = 0.8  # share of a ROC AUC above one half that a single column must reach alone to be called its cause


def not_suspicious(roc_auc: float, ceiling: float = 0.99, culprit: str = "") -> Gate:
    """Is it not too good to be true? Churn is never known that well: a feature then holds the answer.

    `culprit` is a sentence that names the column which does it.
    """
    fact = f"The ROC AUC is {roc_auc:.4f}; it must be below {ceiling:.4f}."
    cure = "A column probably knows the future: drop the most important feature, or correct its date."
    cure = f"{culprit} {cure}" if culprit else cure
    return make_gate("is not suspiciously good", roc_auc < ceiling, roc_auc, ceiling, fact, cure)


def knows_no_outcome(leaks, allow=(), limit: float = 0.95) -> Gate:
    """Does no column alone tell who leaves? `leaks` is `features.leaks.leak_table`, `allow` names what is no leak."""
    judged = leaks[~leaks["column"].isin(allow)]
    suspects = judged[judged["suspect"] != ""]
    best = judged.loc[judged["roc_auc"].idxmax()] if len(judged) else {"column": "", "roc_auc": 0.5}
    passed = suspects.empty and best["roc_auc"] < limit
    fact = (
        f"Of single columns `{best['column']}` ranks best, with a ROC AUC of {best['roc_auc']:.3f}; it must be below "
    )
    fact += f"{limit:.3f}, and no column may be suspect."
    listed = "; ".join(f"`{row.column}` {row.suspect}" for row in suspects.itertuples())
    cure = "Drop it in the dataset definition, or allow what is known in time by name."
    return make_gate("knows no outcome", passed, best["roc_auc"], limit, fact, f"{listed}. {cure}" if listed else cure)


def name_culprit(roc_auc: float, importance, leaks) -> str:
    """A sentence that names the column which explains most of the ROC AUC: alone, or by what is lost without it.

    `importance` has `column` and `importance`, the loss of ROC AUC when it is shuffled; `leaks` each column's ROC AUC
    alone. Two columns with the same news hide each other from shuffling, and not from being looked at alone.
    """
    alone = leaks.set_index("column")["roc_auc"].reindex(importance["column"]).fillna(0.5)
    lost = importance.set_index("column")["importance"]
    enough = alone.max() - 0.5 >= MOST * (roc_auc - 0.5)
    name = alone.idxmax() if enough else lost.idxmax()
    return (
        f"`{name}` does it: alone it reaches a ROC AUC of {alone[name]:.3f}, and with it shuffled among customers the "
        f"model falls to {roc_auc - lost[name]:.3f}."
    )


def no_slice_collapsed(slices, limit: float = 0.5) -> Gate:
    """Does the model keep in every slice what its probabilities say there? `slices` is `models.slice_table`."""
    worst = slices.loc[slices["holds"].idxmin()]
    place = f"`{worst['column']}` = {worst['slice']}"
    fact = (
        f"At worst, in {place}, {max(worst['holds'], 0):.0%} of what the probabilities say can be true; in no slice "
        f"may it be less than {limit:.0%}."
    )
    told = (
        f"There {worst['churn_rate']:.1%} of {worst['rows']:,} rows left, {worst['mean_probability']:.1%} were said to"
    )
    told += f", and the ROC AUC is {worst['roc_auc']:.3f}."
    cure = "Look at what is different about these customers: a column that is filled otherwise, too few to learn from."
    return make_gate("collapses in no slice", worst["holds"] >= limit, worst["holds"], limit, fact, f"{told} {cure}")


def treats_groups_alike(gap: float, told: str, limit: float = 0.2) -> Gate:
    """Are error rates of the groups of sensitive columns near each other? (gap, told) is `models.widest_gap`."""
    name = "treats groups alike"
    if not told:
        return Gate(name, True, math.nan, limit, "No column is marked as sensitive, or none has two groups to compare.")
    fact = f"{told} The gap is surely {gap:.3f} or more; it must not be above {limit:.3f}."
    cure = "Look for a column that stands for the group, or decide by another threshold; then say why it is right."
    return make_gate(name, gap <= limit, gap, limit, fact, cure)
