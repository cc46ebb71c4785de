"""Monitoring: what speaks for each of the seven tests."""

import math

from churn_mlops.reports.facts import Facts
from churn_mlops.reports.formats import is_number, number, share
from churn_mlops.reports.readiness.rubric import Proof, Test
from churn_mlops.reports.readiness.seen import covers, fast_enough, no_alert, ran

CONFIG, NOTEBOOK, GATES = "config.toml", "notebooks/01_data.ipynb", "artifacts/gates.json"
VERSION, QUARANTINE = "artifacts/data_version.json", "artifacts/quarantine.parquet"
SIGNATURE, DRIFT, ALERTS = "artifacts/signature.json", "artifacts/drift.parquet", "artifacts/alerts.json"
FEATURES, ACTIVE = "artifacts/features.parquet", "artifacts/active.parquet"
EVALUATION, SCORES = "artifacts/evaluation.json", "artifacts/scores.parquet"
PERFORMANCE, PROMOTION = "artifacts/performance.parquet", "artifacts/promotion.json"
RETRAINING = "artifacts/retraining.json"
MOST_ASIDE = 0.05  # share of rows that may break the contract


def _source_checked(facts: Facts) -> str | None:
    checked = ran(facts, "01_data", "check_dataset(")
    return (
        "A source that changes its columns, or its rows too much, stops the run; this one passed." if checked else None
    )


def _told(facts: Facts) -> str | None:
    import tomllib

    hooks = tomllib.loads((facts.run / CONFIG).read_text(encoding="utf-8"))["hooks"]
    somebody = hooks["on_failure"] and hooks["on_alert"] and isinstance(facts.json(ALERTS), list)
    return "Failures and alerts are told to somebody, by [hooks]." if somebody else None


def _training_kept(facts: Facts) -> str | None:
    version = facts.object(VERSION)
    aside = version["rows_quarantined"] / version["rows_read"]
    kept = facts.count(QUARANTINE) is not None and aside <= MOST_ASIDE
    return f"Training: {share(aside)} of the rows broke the contract and were set aside." if kept else None


def _serving_kept(facts: Facts) -> str | None:
    rows = facts.rows(DRIFT)
    kept = covers(facts, _with_ignored(facts, rows)) and no_alert(facts, "feed broken", "new categories")
    return f"Serving: {len(rows)} features were looked at; no feed is broken and no category new." if kept else None


def _with_ignored(facts: Facts, rows: list[dict]) -> list[dict]:
    """The rows, and one for each column that moves by its nature and is not watched, where drift leaves it out."""
    ignored = facts.manifest["stages"]
    by_stage = {stage["name"]: (stage.get("inputs") or {}).get("parameters") or {} for stage in ignored}
    names = str(by_stage.get("06_monitor", {}).get("ignore", "")).split(",")
    return [*rows, *({"column": name.strip()} for name in names)]


def _same_columns(facts: Facts) -> str | None:
    import pyarrow.parquet as pq

    trained, served = (pq.read_schema(facts.run / name) for name in (FEATURES, ACTIVE))
    same = trained.remove_metadata().equals(served.remove_metadata()) and len(trained)
    return f"One definition made both: {len(trained)} columns, with the same names and types." if same else None


def _alike(facts: Facts) -> str | None:
    rows = facts.rows(DRIFT)
    still = rows and not any(row["verdict"] == "moved" for row in rows)
    return f"None of {len(rows)} features has moved between training and scoring." if still else None


def _fresh(facts: Facts) -> str | None:
    fresh = facts.object(RETRAINING)["needed"] is False and no_alert(facts, "data old", "champion old")
    return "Data and champion are within their ages, and no retraining is due." if fresh else None


def _finite_scores(facts: Facts) -> str | None:
    import pyarrow.compute as pc

    p = facts.columns(SCORES, "probability")["probability"]
    low, high = pc.min_max(p).as_py().values()
    sound = len(p) and not p.null_count and not pc.any(pc.is_nan(p)).as_py() and 0 <= low <= high <= 1
    return f"All {number(len(p))} scores are numbers from {number(low)} to {number(high)}." if sound else None


def _finite_metrics(facts: Facts) -> str | None:
    values = facts.object(EVALUATION)
    finite = values and all(is_number(value) and math.isfinite(value) for value in values.values())
    return f"All {len(values)} measures of the model are finite." if finite else None


def _realised(facts: Facts) -> str | None:
    measured = [row for row in facts.rows(PERFORMANCE) if is_number(row["roc_auc"])]
    if not measured or not no_alert(facts, "performance fell"):
        return None
    newest = measured[-1]
    return f"The newest period known, {newest['month']}, had a ROC AUC of {number(newest['roc_auc'])}."


def _of_what_served(facts: Facts) -> str | None:
    promotion = facts.object(PROMOTION)
    served = promotion["champion_before"] and promotion["promoted"] is False
    return "That is of the model that has been serving." if served and _realised(facts) else None


MONITORING = (
    Test(
        "dependencies",
        "monitoring",
        "Is it noticed when what the pipeline depends on changes?",
        (Proof(0.5, (NOTEBOOK,), _source_checked), Proof(0.5, (CONFIG, ALERTS), _told)),
        "A passed check of the source, and [hooks] that tell somebody of failures and alerts.",
    ),
    Test(
        "invariants",
        "monitoring",
        "Do the data keep their rules, in training and in serving?",
        (Proof(0.5, (VERSION, QUARANTINE), _training_kept), Proof(0.5, (DRIFT, SIGNATURE, ALERTS), _serving_kept)),
        f"At most {MOST_ASIDE:.0%} of the rows set aside, every feature watched, and no broken feed.",
    ),
    Test(
        "skew",
        "monitoring",
        "Are features in serving those of training?",
        (Proof(0.5, (FEATURES, ACTIVE), _same_columns), Proof(0.5, (DRIFT,), _alike)),
        "The same columns on both sides, and none that has moved.",
    ),
    Test(
        "stale",
        "monitoring",
        "Is it noticed when a model grows old?",
        (Proof(1, (RETRAINING, ALERTS), _fresh),),
        "Ages of data and champion within their limits.",
    ),
    Test(
        "numbers",
        "monitoring",
        "Are all numbers sound, in training and in serving?",
        (Proof(0.5, (EVALUATION,), _finite_metrics), Proof(0.5, (SCORES,), _finite_scores)),
        "Measures and scores that are all finite numbers.",
    ),
    Test(
        "speed",
        "monitoring",
        "Has it become slower or larger, in training or in serving?",
        (Proof(0.5, (GATES,), fast_enough),),
        "A passed gate on latency, and time and memory of training held against the last run's.",
    ),
    Test(
        "served quality",
        "monitoring",
        "Is it still right about the customers that it served?",
        (
            Proof(0.5, (PERFORMANCE, ALERTS), _realised),
            Proof(0.5, (PERFORMANCE, ALERTS, PROMOTION), _of_what_served),
        ),
        "Outcomes that have come due of customers scored by the serving model, with no loss that alarms.",
    ),
)
