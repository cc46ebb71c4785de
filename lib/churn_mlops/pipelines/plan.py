"""What a run would do, found out before any kernel starts and with light imports only."""

from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.archive import versions
from churn_mlops.pipelines.cache import index, reasons
from churn_mlops.pipelines.cache.inputs import Inputs, key_of
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.request import Request, forced_stages, wanted_stages
from churn_mlops.pipelines.stage import Stage, comes_before

RUN, REUSE, PERHAPS = "run", "reuse", "run if what it reads changes"


@dataclass(frozen=True)
class Planned:
    """What is to be done about one stage, and why."""

    stage: Stage
    action: str  # RUN, REUSE or PERHAPS
    reason: str
    found: index.Found | None = None


def make_plan(project: Project, request: Request, inputs: Inputs) -> list[Planned]:
    """One entry for each wanted stage, in order."""
    wanted = wanted_stages(project.stages, request)
    forced = forced_stages(wanted, request)
    previous, champion = None, inputs.champion()
    plan: dict[Stage, Planned] = {}
    artifacts: dict[str, str] = {}
    for stage in wanted:
        now = inputs.of(stage, artifacts, champion)
        unknown = [plan[other].stage.name for other in comes_before(wanted, stage) if plan[other].action != REUSE]
        found = None if unknown or stage in forced else index.find(project.runs, key_of(now))
        if found:
            plan[stage] = Planned(stage, REUSE, f"nothing changed since {found.version}", found)
            artifacts |= found.outputs
            continue
        if previous is None:
            previous = reasons.previous_inputs(project.runs, request.config.definition.dataset.name)
        plan[stage] = _undecided(stage, now, previous.get(stage.name), forced.get(stage), unknown)
    return list(plan.values())


def _undecided(stage: Stage, now: dict, before: dict | None, option: str | None, unknown: list[str]) -> Planned:
    """A stage that has no result, or whose inputs are still to be made."""
    if option:
        return Planned(stage, RUN, option)
    if unknown and before:
        now = now | {"reads": before["reads"]}  # as if they came out the same
        if now == before:
            return Planned(stage, PERHAPS, f"after {', '.join(unknown)}")
    return Planned(stage, RUN, reasons.why(now, before))


def already_done(project: Project, request: Request, plan: list[Planned]) -> str | None:
    """The version that is what this run would make, or None when there is something to do."""
    if any(planned.action != REUSE for planned in plan):
        return None
    wanted = [(planned.stage.name, planned.found.version) for planned in plan]
    newest = max(version for _, version in wanted)  # what is made of these results is as new, or newer
    after = (version for version in reversed(versions.versions(project.runs)) if version >= newest)
    return next((version for version in after if _is_made_of(project, request, version, wanted)), None)


def _is_made_of(project: Project, request: Request, version: str, wanted: list[tuple[str, str]]) -> bool:
    """Whether a version holds these results (stage, version that executed it), and is as good as what is asked for."""
    manifest = versions.read_manifest(project.runs, version)
    held = [
        (stage["name"], stage["reused_from"] or version)
        for stage in manifest["stages"]
        if stage["status"] in ("succeeded", "reused")
    ]
    good = manifest["status"] == "succeeded" and (request.experiment or not manifest.get("experiment"))
    return good and held == wanted and manifest["dataset"] == request.config.definition.dataset.name


def plan_text(plan: list[Planned]) -> str:
    """The plan as aligned text."""
    width = max(len(planned.stage.name) for planned in plan)
    return "\n".join(f"{p.stage.name.ljust(width)}  {p.action}: {p.reason}" for p in plan)


def locate_data(request: Request) -> Request:
    """The request with the place of its data; raises ConfigError or DataError where it cannot be right."""
    from churn_mlops.data.source import locate

    return replace(request, located=locate(request.config, request.data))


def default_config(project: Project) -> Path:
    """The definition of the embedded default."""
    return project.root / "configs" / "simulator.toml"
