"""The answer of `monitor`: what a look at the champion has found, beside how the pipeline itself is doing."""

from pathlib import Path

from churn_mlops.archive.versions import read_metrics
from churn_mlops.config import Definition
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.status.describing import describe_status
from churn_mlops.registry.known import known_champion

_TOLD = ("version", "dataset", "as_of", "status", "verdict", "error", "seconds", "alerts", "retraining")
_OPERATIONS = ("last_run", "champion", "ages", "due", "trouble")


def check_champion(runs: Path, definition: Definition) -> None:
    """Raise ConfigError where no model serves the dataset: there is nothing to monitor then."""
    if known_champion(runs, definition) is None:
        on = f" on {definition.as_of}" if definition.as_of else ""
        raise ConfigError(
            f"monitor {definition.dataset.name}: no model serves{on}, so there is none to look at. Cure: make one with "
            "python pipeline.py, or promote one."
        )


def monitored(runs: Path, manifest: dict, known: bool) -> dict:
    """What the run found, and under `operations` what the archive says of last run, ages and trouble.

    `known` says that nothing had changed since that run, so that no new one was made.
    """
    status = describe_status(runs, dataset=manifest["dataset"])["datasets"].get(manifest["dataset"], {})
    return {
        **{name: manifest.get(name) for name in _TOLD},
        "new": not known,
        "metrics": read_metrics(runs, manifest["version"]),
        "operations": {name: status.get(name) for name in _OPERATIONS},
        "folder": str(runs / manifest["version"]),
    }


def monitor_text(answer: dict) -> str:
    """The answer for a reader."""
    lines = [f"{answer['verdict']}.  Version {answer['version']}"]
    if not answer["new"]:
        lines.append("  Nothing has changed since that look. To look all the same: --force.")
    if answer["error"]:
        lines.append(f"  error: {answer['error']['message']}")
    for alert in answer["alerts"] or []:
        lines += _alert(alert)
    for one in answer["operations"]["trouble"] or []:
        lines.append(f"  {one['kind']}: {one['what']}, {one['seen']}")
    retraining = answer["retraining"]
    if retraining:
        lines.append("  Retraining is due." if retraining["needed"] else "  No retraining needed.")
    return "\n".join(lines)


def _alert(alert: dict) -> list[str]:
    since = f", since {alert['since']}" if alert.get("since") else ""
    cost = f", {alert['money']:,.0f} at risk" if alert.get("money") else ""
    return [f"  {alert['severity']}: {alert['name']}{since}{cost}", f"    {alert['message']}", f"    {alert['cure']}"]
