"""What follows a published run: its record, its alerts, the champion, the page over all runs, the messages.

A kill may come between any two of these, or before the first. Each is done by whoever comes next, and none twice.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from churn_mlops.archive import versions
from churn_mlops.config import Config
from churn_mlops.errors import PromotionRefused
from churn_mlops.pipelines.project import Project


def follow(
    project: Project, manifest: dict, config: Config, champion, after: Callable[[], None] = lambda: None
) -> None:
    """Put the run on record, move the champion where it decided so, then draw the index of all runs and send alerts.

    `champion` is the one that the run was compared with; `after` follows a run that succeeded. Raises PromotionRefused.
    """
    from churn_mlops.pipelines.alerts.changing import record_with_alerts
    from churn_mlops.pipelines.alerts.sending import send_after
    from churn_mlops.registry.acts import promote_model

    promotion = manifest["promotion"]
    try:
        record_with_alerts(project.runs, manifest["dataset"], config.alerts)
        if is_to_serve(manifest, champion):
            policy, expected = config.policy, promotion["expected_generation"]
            promote_model(project.runs, manifest["dataset"], manifest["version"], policy, expected, promotion["reason"])
        if manifest["status"] == "succeeded":
            after()
    finally:
        draw_index(project.runs)
    send_after(project.runs, manifest["dataset"], config.alerts)


def is_to_serve(manifest: dict, champion) -> bool:
    """Whether a run decided that its model becomes champion, which another one, or none, is."""
    promotion = manifest.get("promotion")
    if not (promotion and promotion["promoted"]) or manifest.get("experiment") or manifest.get("waits"):
        return False
    serves_already = champion and manifest["model"] and champion.digest == manifest["model"]["digest"]
    complete = all(stage["status"] in ("succeeded", "reused") for stage in manifest["stages"])
    return complete and not serves_already


def complete(project: Project, version: str, config: Config) -> None:
    """Do what a kill after its publication has left undone of a run; where another promotion came since, it stands."""
    from churn_mlops.registry.champion import read_champion

    manifest = versions.read_manifest(project.runs, version)
    champion = read_champion(project.runs, manifest["dataset"])
    with suppress(PromotionRefused):
        follow(project, manifest, config, champion)


def is_left(project: Project, version: str) -> bool:
    """Whether a kill came before the promotion that a published run decided on: no pointer has moved since."""
    from churn_mlops.registry.champion import read_champion

    manifest = versions.read_manifest(project.runs, version)
    champion = read_champion(project.runs, manifest["dataset"])
    generation = champion.generation if champion else 0
    return is_to_serve(manifest, champion) and manifest["promotion"].get("expected_generation") == generation


def draw_index(runs: Path) -> None:
    """Draw `runs/index.html` from the archive; one writer at a time, so that no run goes missing from it."""
    from churn_mlops.archive.files import locked
    from churn_mlops.pipelines.grids.record import read_grids
    from churn_mlops.pipelines.status.describing import describe_status
    from churn_mlops.pipelines.status.text import status_blocks
    from churn_mlops.registry.champion import read_champion
    from churn_mlops.reports.archive import render_archive

    with locked(runs / versions.BUILDING / "index.lock"):
        entries = []
        for version in versions.versions(runs):
            manifest = versions.read_manifest(runs, version)
            champion = read_champion(runs, manifest["dataset"])
            entries.append(
                {
                    "manifest": manifest,
                    "metrics": versions.read_metrics(runs, version),
                    "champion": bool(champion and champion.version == version),
                }
            )
        render_archive(runs, entries, read_grids(runs), status_blocks(describe_status(runs)))
