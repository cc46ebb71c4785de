"""What the run has not tested, where it has seen too little, and how old it all is."""

from datetime import date

from churn_mlops.reports.card.parts import items, section
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, moment, number, share


def limits(facts: Facts) -> dict:
    """Each limit a sentence, from what the run says of itself."""
    told = [lenient(limit)(facts) for limit in (_age, _once, _small, _beyond, _unseen, _idle, _alerts)]
    return section(
        "limits",
        "Limits",
        items(
            *told,
            "Not tested: whether offers keep anybody. What they earn is computed from the assumed success rate.",
            "Not tested: other products, markets and times, and customers who know that they are scored.",
        ),
    )


def _age(facts: Facts) -> str:
    newest, started = (
        str(facts.object("artifacts/data_version.json")["newest"])[:10],
        str(facts.manifest["started"])[:10],
    )
    days = (date.fromisoformat(started) - date.fromisoformat(newest)).days
    return f"The newest data were of {moment(newest)}, {number(days)} days before the run. It knows nothing later."


def _once(facts: Facts) -> str:
    signature, metrics = facts.object("artifacts/signature.json"), facts.metrics
    left = round(metrics["test_rows"] * metrics["test_churn_rate"])
    by = (
        "a later time"
        if signature.get("snapshot_date")
        else "other customers of the same time: how it fares later is not known"
    )
    return f"Judged by {number(int(metrics['test_rows']))} rows with {number(left)} leavers, of {by}."


def _small(facts: Facts) -> str:
    rows = facts.rows("artifacts/slices.parquet")
    few = [f"{row['column']} {row['slice']}" for row in rows if not is_number(row["roc_auc"])]
    more = f" and {len(few) - 5} more" if len(few) > 5 else ""
    return f"Too few leavers to judge the ranking in {', '.join(few[:5])}{more}." if few else ""


def _beyond(facts: Facts) -> str:
    """Features whose values in scoring lie outside what training has seen."""
    out = [(row["column"], row["out_of_range_share"]) for row in facts.rows("artifacts/drift.parquet")]
    out = sorted((pair for pair in out if is_number(pair[1]) and pair[1] > 0), key=lambda pair: -pair[1])
    said = ", ".join(f"{name} ({share(part)} of the customers)" for name, part in out[:4])
    return f"Beyond the ranges seen in training it extrapolates. Now outside them: {said}." if out else ""


def _unseen(facts: Facts) -> str:
    unknown = [
        f"{row['column']}: {row['new_categories']}"
        for row in facts.rows("artifacts/drift.parquet")
        if row["new_categories"]
    ]
    return f"Categories that it has never seen: {'; '.join(unknown)}." if unknown else ""


def _idle(facts: Facts) -> str:
    missing = [
        column["name"] for column in facts.signature() if is_number(column.get("missing")) and column["missing"] > 0.5
    ]
    return f"More than half of the values are missing in {', '.join(missing)}." if missing else ""


def _alerts(facts: Facts) -> str:
    alerts = facts.json("artifacts/alerts.json")
    return f"Open alerts: {', '.join(str(alert['name']) for alert in alerts)}." if alerts else ""
