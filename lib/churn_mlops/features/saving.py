"""What 02_features hands on: features, labels and the rows to score, each in a file of its own."""

from datetime import date, timedelta
from pathlib import Path

from churn_mlops.archive.files import write_text
from churn_mlops.archive.tables import write_table
from churn_mlops.features.build import Built
from churn_mlops.features.signature import Signature, conform
from churn_mlops.features.split import TEST, TRAIN


def save_examples(run_dir: str, built: Built, labels, signature: Signature) -> None:
    """Write features and labels (same rows, same order), the active customers' features and the signature."""
    folder = Path(run_dir)
    write_table(folder / "features.parquet", _with_keys(built.features, signature))
    write_table(folder / "active.parquet", _with_keys(built.active, signature))
    write_table(folder / "labels.parquet", labels)
    write_text(folder / "signature.json", signature.to_json() + "\n")


def _with_keys(frame, signature: Signature):
    keys = [signature.id] + [signature.snapshot_date] * bool(signature.snapshot_date)
    return frame[keys].join(conform(frame, signature))


def signature_table(signature: Signature):
    """The signature for readers: one row a feature."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "feature": column.name,
                "kind": "date" if column.since else column.kind,
                "seen": _seen(column),
                "unit": column.unit,
                "missing": round(column.missing, 4),
            }
            for column in signature.columns
        ]
    )


def _seen(column) -> str:
    if column.kind == "number" and column.low is None:
        return "nothing"
    if column.since:
        return " to ".join(
            f"{date.fromisoformat(column.since) + timedelta(days=d):%Y-%m-%d}" for d in (column.low, column.high)
        )
    if column.kind == "number":
        return f"{column.low:,.6g} to {column.high:,.6g}"
    shown = ", ".join(column.categories[:4])
    more = len(column.categories) - 4
    return f"{shown} and {more} more" if more > 0 else shown


def count_examples(labels, active, signature: Signature) -> dict:
    """The sizes and churn rates that belong on the run's page."""
    train, test = labels[labels["split"] == TRAIN], labels[labels["split"] == TEST]
    return {
        "features": len(signature.columns),
        "train_rows": len(train),
        "test_rows": len(test),
        "active_rows": len(active),
        "train_churn_rate": float(train["churned"].mean()),
        "test_churn_rate": float(test["churned"].mean()),
    }
