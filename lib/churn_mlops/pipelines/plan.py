"""What a run would do, found out before any kernel starts and with light imports only."""

from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.pipelines.cache import index, reasons
from churn_mlops.pipelines.cache.inputs import Inputs, key_of
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.request import Request, forced_stages, wanted_stages
from churn_mlops.pipelines.stage import Stage, belongs, comes_before

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
    for stage in wanted:
        before = [plan[other] for other in comes_before(wanted, stage)]
        made = {name: digest for other in before if other.found for name, digest in other.found.outputs.items()}
        now = inputs.of(stage, made, champion)
        unknown = [other.stage for other in before if other.action != REUSE]
        found = None if unknown or stage in forced else index.find(project.runs, key_of(now))
        if found:
            plan[stage] = Planned(stage, REUSE, f"nothing changed since {found.version}", found)
            continue
        if previous is None:
            previous = reasons.previous_inputs(project.runs, request.config.definition.dataset.name, champion)
        plan[stage] = _undecided(stage, now, previous.get(stage.name), forced.get(stage), unknown)
    return list(plan.values())


def _undecided(stage: Stage, now: dict, before: dict | None, option: str | None, unknown: list[Stage]) -> Planned:
    """A stage that has no result, or whose inputs are still to be made."""
    if option:
        return Planned(stage, RUN, option)
    if unknown and before:
        to_come = {n: d for n, d in before["reads"].items() if any(belongs(n, other.writes) for other in unknown)}
        now = now | {"reads": to_come | now["reads"]}  # as if they came out the same
        if now == before:
            return Planned(stage, PERHAPS, f"after {', '.join(other.name for other in unknown)}")
    return Planned(stage, RUN, reasons.why(now, before))


def already_done(project: Project, request: Request, plan: list[Planned]) -> str | None:
    """The newest version that holds all that this run would make, or None when there is something to do.

    An experiment does for another experiment only: where it is run for good, the champion may have to follow.
    """
    if any(planned.action != REUSE for planned in plan):
        return None
    wanted = {planned.stage.name: planned.found.version for planned in plan}
    known = reasons.manifests(project.runs, request.config.definition.dataset.name)
    good = (m for m in known if m["status"] == "succeeded" and (request.experiment or not m.get("experiment")))
    return next((m["version"] for m in good if wanted.items() <= _executed(m)), None)


def _executed(manifest: dict):
    """For each stage whose result a version holds, the version that executed it."""
    done = [stage for stage in manifest["stages"] if stage["status"] in reasons.DONE]
    return {stage["name"]: stage.get("reused_from") or manifest["version"] for stage in done}.items()


def plan_text(plan: list[Planned]) -> str:
    """The plan as aligned text."""
    width = max(len(planned.stage.name) for planned in plan)
    return "\n".join(f"{p.stage.name.ljust(width)}  {p.action}: {p.reason}" for p in plan)


def locate_data(request: Request) -> Request:
    """The request with the place of its data; raises ConfigError or DataError where it cannot be right."""
    from churn_mlops.data.sources import locate

    return replace(request, located=locate(request.config, request.data))


def default_config(project: Project) -> Path:
    """The definition of the embedded default; in a project that has another one alone, that."""
    embedded = project.root / "configs" / "simulator.toml"
    others = [] if embedded.is_file() else sorted(embedded.parent.glob("*.toml"))
    return others[0] if len(others) == 1 else embedded
