"""What a run was asked to do, and which stages that concerns."""

from dataclasses import dataclass, field

from churn_mlops.config import Config, Limits, nearest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.stage import Stage, comes_before, share_files

ALERTS = "alerts.json"  # who writes it monitors
DATA = ("definition.json", "data_version.json", "features.parquet", "labels.parquet", "active.parquet")  # of now


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
    monitor: bool = False  # only what it takes to look at the champion; nothing is trained or promoted
    key: str = ""  # of the call: asked again by the same one, what came of it is the answer
    scheduler: str = ""  # the Dask cluster that stages may send calls to; what comes of them is the same

    @property
    def as_of(self) -> str:
        """The day that the run looks from, or nothing."""
        return self.config.definition.as_of

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
    """The stages that the run concerns; raises ConfigError where its options contradict each other."""
    _check_options(stages, request)
    if request.monitor:
        return monitoring_stages(stages)
    if request.only:
        return _with_all_before(stages, find_stage(stages, request.only, "--only"))
    if request.last:
        return stages[: stages.index(find_stage(stages, request.last, "--to")) + 1]
    return stages


def monitoring_stages(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stage that raises alerts, and those that take the data in for it: the model is the champion's.

    Raises ConfigError where no stage writes alerts.
    """
    monitor = next((stage for stage in stages if ALERTS in stage.writes), None)
    if monitor is None:
        raise ConfigError(f"no stage writes {ALERTS}, so none monitors. Cure: list one, like 06_monitor.")
    makers = [stage for stage in stages if share_files(DATA, stage.writes)]
    needed = {other for stage in makers for other in _with_all_before(stages, stage)} | {monitor}
    return tuple(stage for stage in stages if stage in needed)


def _check_options(stages: tuple[Stage, ...], request: Request) -> None:
    others = {"--from": request.first, "--to": request.last, "--force": request.force}
    given = [option for option, value in others.items() if value]
    if request.only and given:
        raise ConfigError(
            f"--only {request.only} with {' and '.join(given)}: --only runs that stage whatever there is. "
            f"Cure: leave out {' and '.join(given)}, or --only."
        )
    if request.first and request.last:
        first, last = find_stage(stages, request.first, "--from"), find_stage(stages, request.last, "--to")
        if stages.index(first) > stages.index(last):
            raise ConfigError(
                f"--from {request.first} --to {request.last}: {last.name} comes before {first.name}. Cure: swap them."
            )


def _with_all_before(stages: tuple[Stage, ...], stage: Stage) -> tuple[Stage, ...]:
    """A stage and those that it builds on, directly or through others, in order."""
    needed, open_ = set(), [stage]
    while open_:
        one = open_.pop()
        if one not in needed:
            needed.add(one)
            open_ += comes_before(stages, one)
    return tuple(other for other in stages if other in needed)


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
