"""What the run has not tested, where it has seen too little, and how old it all is."""

from datetime import date

from churn_mlops.reports.card.parts import code, items, listed, section
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, moment, number, share

_NAMED = 5  # of each kind; the run's tables have all of them
_MOSTLY = 0.5  # share of the values that is missing


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


def _small(facts: Facts) -> list | None:
    few = [row for row in facts.rows("artifacts/slices.parquet") if not is_number(row["roc_auc"])]
    named = listed([[code(row["column"]), f" {row['slice']}"] for row in few[:_NAMED]])
    return ["Too few leavers to judge the ranking in ", *named, *_more(few), "."] if few else None


def _beyond(facts: Facts) -> list | None:
    """Features whose values in scoring lie outside what training has seen."""
    out = [(row["column"], row["out_of_range_share"]) for row in facts.rows("artifacts/drift.parquet")]
    out = sorted((pair for pair in out if is_number(pair[1]) and pair[1] > 0), key=lambda pair: -pair[1])
    named = listed([[code(name), f" ({share(part)} of the customers)"] for name, part in out[:_NAMED]])
    said = ["Beyond the ranges seen in training it extrapolates. Now outside them: ", *named, *_more(out), "."]
    return said if out else None


def _unseen(facts: Facts) -> list | None:
    new = [row for row in facts.rows("artifacts/drift.parquet") if row["new_categories"]]
    named = listed([[code(row["column"]), f": {row['new_categories']}"] for row in new[:_NAMED]], "; ")
    return ["Categories that it has never seen: ", *named, *_more(new), "."] if new else None


def _idle(facts: Facts) -> list | None:
    empty = [c for c in facts.signature() if is_number(c.get("missing")) and c["missing"] > _MOSTLY]
    named = listed([code(column["name"]) for column in empty[:_NAMED]])
    return ["More than half of the values are missing in ", *named, *_more(empty), "."] if empty else None


def _more(found: list) -> list[str]:
    return [f" and {len(found) - _NAMED} more"] if len(found) > _NAMED else []


def _alerts(facts: Facts) -> str:
    alerts = facts.json("artifacts/alerts.json")
    return f"Open alerts: {', '.join(str(alert['name']) for alert in alerts)}." if alerts else ""
