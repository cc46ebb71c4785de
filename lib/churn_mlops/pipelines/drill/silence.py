"""What stops without a sound: the runs, and the data."""

from datetime import datetime, timedelta

from churn_mlops.archive.files import write_json
from churn_mlops.archive.seal import seal
from churn_mlops.archive.versions import MANIFEST, read_manifest, versions
from churn_mlops.monitoring.alerts import DATA_OLD
from churn_mlops.pipelines.drill.data import OLD, OLD_MONTHS
from churn_mlops.pipelines.drill.incident import Incident, Outcome
from churn_mlops.pipelines.drill.scene import DATASET, Scene
from churn_mlops.pipelines.status.trouble import DUE

SILENT_DAYS = 40


def no_run(scene: Scene) -> Outcome:
    """No run for weeks."""
    for version in versions(scene.runs):
        age(scene, version, SILENT_DAYS)
    tells, told, command, seconds, limit = asks_for_last_run(scene)
    return Outcome(
        tells,
        f"Every run's start and end were moved back by {SILENT_DAYS} days, and the manifests sealed again.",
        "`status`: the next run is overdue, exit code 1",
        f"on the first look after {limit:g} days without a run",
        told,
        command,
        seconds,
    )


def age(scene: Scene, version: str, days: int) -> None:
    """Move the dates of a run's manifest back."""
    manifest = read_manifest(scene.runs, version)
    for name in ("started", "finished"):
        then = datetime.fromisoformat(manifest[name]) - timedelta(days=days)
        manifest[name] = f"{then:%Y-%m-%dT%H:%M:%SZ}"
    write_json(scene.runs / version / MANIFEST, seal(manifest))


def asks_for_last_run(scene: Scene) -> tuple[bool, str, str, float, float]:
    """Whether the product finds that it has not run for too long: told or not, words, command, seconds, limit."""
    done = scene.command("status", "--dataset", DATASET, "--json")
    told = (done.answer or {}).get("datasets", {}).get(DATASET) or {"trouble": [], "due": None}
    overdue = [one["seen"] for one in told["trouble"] if one["what"] == DUE]
    limit = (told["due"] or {}).get("every_days", 0)
    words = overdue[0] if overdue else "No word about it."
    return bool(done.code and overdue), words, done.command, done.seconds, limit


def old_data(scene: Scene) -> Outcome:
    """The pipeline runs every night, on data that nobody has renewed."""
    ran = scene.run(OLD)
    found = [alert for alert in scene.alerts() if alert["name"] == DATA_OLD]
    return Outcome(
        bool(found),
        f"The extract that the pipeline was given ends {OLD_MONTHS} months ago; its months were moved back.",
        f"06_monitor: alert `{DATA_OLD}`",
        "in the first run after the data's limit of days",
        found[0]["message"] if found else "No alert about it.",
        ran.command,
        ran.seconds,
    )


SILENCE = (
    Incident("no run", "No run for weeks", no_run),
    Incident("old data", "Data months old", old_data),
)
