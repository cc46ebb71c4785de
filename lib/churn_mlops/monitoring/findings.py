"""What a run of 06_monitor hands on: tables to read, the alerts and the decision, in files."""

from dataclasses import asdict, replace
from pathlib import Path

from churn_mlops.archive.files import write_json
from churn_mlops.archive.tables import write_table
from churn_mlops.errors import CheckError
from churn_mlops.features.signature import Signature
from churn_mlops.monitoring.alerts import Alert, alerts_to_json
from churn_mlops.monitoring.freshness import Freshness
from churn_mlops.monitoring.performance import roc_auc_drop
from churn_mlops.monitoring.policy import Retraining, RetrainPolicy, decide_retraining
from churn_mlops.monitoring.scores import ScoreDrift

SCORED = 20_000  # rows of the reference that are scored: enough to see whether the scores have moved


def without(signature: Signature, ignore: str) -> Signature:
    """The signature less the columns that move by nature, such as the month; names separated by commas."""
    names = {name.strip() for name in ignore.split(",")}
    return replace(signature, columns=tuple(c for c in signature.columns if c.name not in names))


def score_drift_table(moved: ScoreDrift):
    """The movement of the scores as a table, one row a fact."""
    import pandas as pd

    return pd.DataFrame({"scores": asdict(moved)})


def domain_table(told):
    """How well now can be told from the reference, and by which columns, as a table."""
    import pandas as pd

    facts = {name: value for name, value in asdict(told).items() if name != "columns"}
    return pd.DataFrame({"all columns together": facts | {f"by {n}": share for n, share in told.columns.items()}})


def alerts_table(alerts: list[Alert]):
    """The alerts for a reader, what costs most first; empty when all is well."""
    import pandas as pd

    return pd.DataFrame(
        [asdict(alert) for alert in alerts], columns=["severity", "name", "money", "since", "message", "cause", "cure"]
    )


def decide(alerts: list[Alert], ages: Freshness, realised, reference_roc_auc: float, rules: RetrainPolicy):
    """Apply the policy to what was found."""
    drop = roc_auc_drop(realised, reference_roc_auc)
    return decide_retraining(alerts, ages.champion.days, rules, roc_auc_drop=drop)


def check_monitored(moved, signature) -> None:
    """Raise CheckError unless every feature was compared."""
    lost = set(signature.names) - set(moved["column"])
    if lost:
        raise CheckError(f"{len(lost)} features were not compared with the reference: {', '.join(sorted(lost))}.")


def save_findings(run_dir: str, moved, realised, alerts: list[Alert], decision: Retraining) -> None:
    """Write drift, performance, alerts and the decision into the run."""
    folder = Path(run_dir)
    write_table(folder / "drift.parquet", moved)
    write_table(folder / "performance.parquet", realised)
    write_json(folder / "alerts.json", alerts_to_json(alerts))
    write_json(folder / "retraining.json", asdict(decision))


def count_findings(moved, scores: ScoreDrift, alerts: list[Alert], decision: Retraining) -> dict[str, float]:
    """The figures of monitoring that belong among the run's metrics."""
    return {
        "drift_columns_moved": int((moved["verdict"] == "moved").sum()),
        "drift_psi_max": float(moved["psi"].max()),
        "score_psi": float(scores.psi),
        "profit_at_risk": float(max((alert.money or 0 for alert in alerts), default=0)),
        "alerts": len(alerts),
        "retraining_needed": int(decision.needed),
    }
