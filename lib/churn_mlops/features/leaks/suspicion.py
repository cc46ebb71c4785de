"""What is too good to be true, and what then is to be done."""

from churn_mlops.config import nearest
from churn_mlops.errors import CheckError, ConfigError
from churn_mlops.features.leaks.patterns import changed_since, one_class_only
from churn_mlops.features.leaks.ranking import surely
from churn_mlops.features.leaks.rows import Rows
from churn_mlops.features.leaks.together import Others

# ROC AUC from which a column alone is a suspect; two standard errors are taken off what was measured.
ALONE = 0.95  # whatever the others say: no honest column tells so much by itself
LATER = 0.90  # for who leaves in a later window: what is known so long before was written afterwards
ABOVE, MARGIN = 0.85, 0.05  # and so much better than all others together
TRACELESS = 0.75  # and no other column has anything to do with it but for the label


def why_suspect(table, rows: Rows) -> list[str]:
    """For each row of the table the reason why its column is a suspect, as a clause; empty for an honest one."""
    found = dict.fromkeys(table["column"], "")
    strong = [name for name, auc in zip(table["column"], table["roc_auc"], strict=True) if auc >= TRACELESS]
    others = Others([bins for name, bins in rows.bins.items() if name not in strong], rows)
    for row in table.to_dict("records"):
        name = row["column"]
        found[name] = (
            _too_good(row, rows)
            or one_class_only(rows.columns[name], rows.bins[name], rows.y, _changed(rows, name))
            or (name in strong and _stands_alone(row["roc_auc"], rows.bins[name], others))
            or ""
        )
    return list(found.values())


def _too_good(row: dict, rows: Rows) -> str:
    if surely(row["roc_auc"], rows.y) >= ALONE:
        return f"alone reaches a ROC AUC of {row['roc_auc']:.3f}; nothing that was known in time does"
    waits = rows.y == 0
    if rows.later is not None and surely(row["roc_auc_later"], rows.later[waits]) >= LATER:
        return f"tells long before who leaves (ROC AUC {row['roc_auc_later']:.3f}): it was written afterwards"
    return ""


def _stands_alone(roc_auc: float, bins, others: Others) -> str:
    """Whether a strong column has no company: the weaker ones neither rank as well nor have anything to do with it."""
    sure = surely(roc_auc, others.rows.y)
    if sure >= TRACELESS and others.share_only_the_label(bins):
        return f"ranks well (ROC AUC {roc_auc:.3f}) and shares only the label with every other column: made from it"
    if sure >= ABOVE and sure >= others.roc_auc + MARGIN:
        return f"alone reaches a ROC AUC of {roc_auc:.3f}, all weaker columns together {others.roc_auc:.3f}"
    return ""


def _changed(rows: Rows, name: str):
    return None if rows.dates is None else changed_since(rows.columns[name], rows.customers, rows.dates)


def check_leaks(table, allow=()) -> None:
    """Raise CheckError with every suspect that the definition does not allow by name, its figure and the reason.

    Raises ConfigError where `allow` names a column that is not there: a name that allows nothing hides a mistake.
    """
    unknown = [name for name in allow if name not in set(table["column"])]
    if unknown:
        told = ", ".join(f"`{name}`{nearest(name, table['column'])}" for name in unknown)
        raise ConfigError(f"[dataset] `allow` names no feature: {told}. Cure: correct or remove it.")
    found = table[(table["suspect"] != "") & ~table["column"].isin(allow)]
    if found.empty:
        return
    listed = "".join(f"\n  - `{row.column}` {row.suspect}" for row in found.itertuples())
    names = ", ".join(f'"{name}"' for name in found["column"])
    raise CheckError(
        f"{len(found)} column{'s' * (len(found) > 1)} may tell what was known only afterwards:{listed}\n"
        f"Cure: `drop = [{names}]` under [dataset]; for what was known at that moment, `allow = [...]` with its name."
    )
