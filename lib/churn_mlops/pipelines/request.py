"""What a run was asked to do, and which stages that concerns."""

from dataclasses import dataclass, field

from churn_mlops.config import Config, Limits, nearest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.stage import Stage


@dataclass(frozen=True)
class Request:
    """One run: the definition, the data, the parameters of each stage, and what is to be run."""

    config: Config
    data: str  # as given with --data; empty: as the definition says
    located: str  # where the data is, or "simulator"
    parameters: dict[str, dict] = field(default_factory=dict)  # by stage name, checked by `plan_parameters`
    timeout_s: float | None = None  # of each stage, in place of the limits in the definition
    force: bool = False  # run every stage, whatever there is
    first: str = ""  # run this stage and all after it
    last: str = ""  # run nothing after this stage
    only: str = ""  # run this stage alone, on what there is
    strict: bool = False  # an undeclared input fails its stage
    experiment: bool = False  # whatever comes of it, the champion stays

    def limits(self, stage: Stage) -> Limits:
        """The limits of a stage."""
        return self.config.limits_of(stage.key)

    def seconds(self, stage: Stage) -> float:
        """How long a stage may take."""
        return self.timeout_s or self.limits(stage).seconds


def find_stage(stages: tuple[Stage, ...], name: str, option: str) -> Stage:
    """The stage of that name, long or short; raises ConfigError with the nearest name."""
    for stage in stages:
        if name in (stage.name, stage.key):
            return stage
    names = [stage.name for stage in stages]
    hint = nearest(name, names + [stage.key for stage in stages])
    raise ConfigError(f"{option} {name}: no such stage{hint or '.'} Expected one of {', '.join(names)}.")


def wanted_stages(stages: tuple[Stage, ...], request: Request) -> tuple[Stage, ...]:
    """The stages up to where the run shall go."""
    last = request.only or request.last
    if not last:
        return stages
    return stages[: stages.index(find_stage(stages, last, "--only" if request.only else "--to")) + 1]


def forced_stages(stages: tuple[Stage, ...], request: Request) -> dict[Stage, str]:
    """The stages that run whatever there is, each with the option that says so."""
    if request.force:
        return dict.fromkeys(stages, "--force")
    if request.only:
        return {find_stage(stages, request.only, "--only"): "--only"}
    if request.first:
        first = stages.index(find_stage(stages, request.first, "--from"))
        return dict.fromkeys(stages[first:], "--from")
    return {}
