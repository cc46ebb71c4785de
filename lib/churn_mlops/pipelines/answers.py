"""What the archive can be asked, as plain values and as text. Light: nothing here may import pandas."""

from pathlib import Path

from churn_mlops.archive.manifests import manifests
from churn_mlops.archive.versions import read_metrics
from churn_mlops.registry.champion import read_champion


def describe_runs(runs: Path) -> list[dict]:
    """One entry a run, newest first."""
    rows = []
    for manifest in manifests(runs):
        version = manifest["version"]
        metrics = read_metrics(runs, version)
        champion = read_champion(runs, manifest["dataset"])
        rows.append(
            {
                "version": version,
                "dataset": manifest["dataset"],
                "status": manifest["status"],
                "verdict": manifest["verdict"],
                "finished": manifest["finished"],
                "seconds": manifest["seconds"],
                "champion": bool(champion and champion.version == version),
                "roc_auc": metrics.get("roc_auc"),
                "profit": metrics.get("profit"),
            }
        )
    return rows


def runs_table(rows: list[dict]) -> str:
    """The runs as aligned text."""
    if not rows:
        return "No run yet. Cure: python pipeline.py"
    header = ("version", "dataset", "ROC AUC", "profit", "seconds", "verdict")
    lines = [header] + [
        (
            row["version"],
            row["dataset"],
            "-" if row["roc_auc"] is None else f"{row['roc_auc']:.3f}",
            "-" if row["profit"] is None else f"{row['profit']:,.0f}",
            f"{row['seconds']:.1f}",
            row["verdict"] + " *" * row["champion"],
        )
        for row in rows
    ]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    table = "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)
    return table + "\n\n* champion now" * any(row["champion"] for row in rows)


_HEADLINES = (
    ("ROC AUC", "roc_auc", "{:.3f}"),
    ("Average precision", "average_precision", "{:.3f}"),
    ("Brier score", "brier", "{:.4f}"),
    ("Lift at 10%", "lift_at_10", "{:.2f}"),
    ("Profit", "profit", "{:,.0f}"),
)


def headline_metrics(metrics: dict) -> list[str]:
    """The main metrics as lines: value, interval, and beside them what they are compared with."""
    lines = []
    for label, name, shape in _HEADLINES:
        if metrics.get(name) is None:
            continue
        line = f"{label:<18}{shape.format(metrics[name]):>10}"
        if metrics.get(f"{name}_low") is not None:
            line += f"  ({shape.format(metrics[name + '_low'])} to {shape.format(metrics[name + '_high'])})"
        for prefix in ("naive", "champion", "best_possible"):
            if metrics.get(f"{prefix}_{name}") is not None:
                line += f"   {prefix.replace('_', ' ')} {shape.format(metrics[f'{prefix}_{name}'])}"
        lines.append(line)
    return lines
