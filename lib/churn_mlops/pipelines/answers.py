"""What the archive can be asked, as plain values and as text. Light: nothing here may import pandas."""

from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from churn_mlops.archive.parsing import understood
from churn_mlops.archive.versions import read_manifest, read_metrics, versions
from churn_mlops.config import SIMULATOR
from churn_mlops.errors import ConfigError
from churn_mlops.registry.champion import read_champion


def describe_runs(runs: Path) -> list[dict]:
    """One entry a run, newest first."""
    rows = []
    for manifest in _manifests(runs):
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


def _manifests(runs: Path) -> list[dict]:
    """The manifests, newest first, but for those that `gc` removes at this moment."""
    found = []
    for version in versions(runs):
        with suppress(ConfigError):
            found.append(read_manifest(runs, version))
    return found


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


def describe_status(runs: Path) -> dict:
    """Last run, and for each dataset its champion, what made it, how old its data is and which alerts are open."""
    manifests = _manifests(runs)
    last = manifests[0] if manifests else None
    datasets: dict[str, dict] = {}
    for manifest in manifests:
        with understood(f"{runs}/{manifest.get('version')}", "expected a version as a run leaves it"):
            if manifest["dataset"] not in datasets:
                datasets[manifest["dataset"]] = _describe_dataset(runs, manifest)
            elif datasets[manifest["dataset"]]["alerts"] is None:
                datasets[manifest["dataset"]]["alerts"] = manifest["alerts"]
    return {
        "last_run": last and {key: last[key] for key in ("version", "dataset", "status", "verdict", "finished")},
        "datasets": datasets,
    }


def _describe_dataset(runs: Path, newest: dict) -> dict:
    champion = read_champion(runs, newest["dataset"])
    described = {"champion": None, "alerts": newest["alerts"]}
    if champion:
        made = read_manifest(runs, champion.version)
        described["champion"] = {
            "version": champion.version,
            "since": champion.since,
            "digest": champion.digest,
            "model": made["model"]["name"],
            "data": {key: made["data"][key] for key in ("source", "version", "newest")},
            "data_age_days": _age(made["data"]),
            "code": {key: made["code"][key] for key in ("git_commit", "git_dirty", "library")},
        }
    return described


def _age(data: dict) -> int | None:
    """Days since the newest day in the data; None where it has no dates, or a simulation's, which stand still."""
    if data["newest"] is None or data["source"] == SIMULATOR:
        return None
    return (datetime.now(UTC).date() - date.fromisoformat(data["newest"])).days


def status_text(answer: dict) -> str:
    """The status for a reader."""
    last = answer["last_run"]
    if not last:
        return "No run yet. Cure: python pipeline.py"
    lines = [f"Last run    {last['version']} ({last['dataset']}), {last['finished']}: {last['verdict']}"]
    for name, described in answer["datasets"].items():
        lines += ["", f"{name}", *_champion_lines(described["champion"]), *_alert_lines(described["alerts"])]
    return "\n".join(lines)


def _champion_lines(champion: dict | None) -> list[str]:
    if not champion:
        return ["  Champion  none yet"]
    code, data = champion["code"], champion["data"]
    commit = f"commit {code['git_commit'][:10]}" if code["git_commit"] else "no commit"
    dirty = ", tree not clean" if code["git_dirty"] else ""
    model = f"{champion['model']} {champion['digest'][:12]}"
    return [
        f"  Champion  {champion['version']} since {champion['since']}, model {model}",
        f"  Data      {data['source']}, version {data['version'][:12]}, {_up_to(champion)}",
        f"  Code      {commit}{dirty}, library {code['library'][:12]}",
    ]


def _up_to(champion: dict) -> str:
    """How new the champion's data is, in words."""
    newest, days = champion["data"]["newest"], champion["data_age_days"]
    if newest is None:
        return "without dates: its age is unknown"
    if days is None:
        return f"up to {newest}, simulated time"
    if days < 0:
        return f"up to {newest}, {_days(-days)} in the future"
    return f"up to {newest}, {_days(days)} old"


def _days(number: int) -> str:
    return f"{number:,} day{'s' * (number != 1)}"


def _alert_lines(alerts: list[dict] | None) -> list[str]:
    if alerts is None:
        return ["  Alerts    not monitored yet"]
    if not alerts:
        return ["  Alerts    none open"]
    return [f"  Alert     {alert['severity']}: {alert['message']}" for alert in alerts]


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
