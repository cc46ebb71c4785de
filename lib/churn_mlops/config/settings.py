"""How runs of a dataset behave: limits of stages, hooks, policy, schedule, and all that one TOML file says."""

from dataclasses import dataclass, field
from pathlib import Path

from churn_mlops.config.definition import Definition


@dataclass(frozen=True)
class Limits:
    """What a stage may take, `[limits]` for all of them, `[limits.STAGE]` for one."""

    seconds: float = 3600  # of the whole stage
    memory_mb: int = 0  # of its kernel and all that the kernel started; 0: as much as there is
    retries: int = 0  # further tries after a failure of a named cause
    retry_on: tuple[str, ...] = ("KernelDied", "Timeout", "OutOfMemory")  # causes, or names of errors


@dataclass(frozen=True)
class Hooks:
    """Commands that run after a run, each a list of words; the run's facts come as JSON on standard input."""

    on_success: tuple[str, ...] = ()
    on_failure: tuple[str, ...] = ()
    on_alert: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """Who must agree before a model serves."""

    approval: str = "auto"  # "auto": gates alone; "one" or "two": so many people besides, none of them the run's author
    keys: dict[str, str] = field(default_factory=dict)  # person -> public key (Ed25519, base64) of their approvals


@dataclass(frozen=True)
class Schedule:
    """When runs are due, by which `status` judges; nothing here starts one: that is cron's business."""

    every_days: float = 31  # the next run is due so many days after the last that succeeded; 0: none is ever due


@dataclass(frozen=True)
class AlertRules:
    """When an alert opens and when it is over, by looks: runs whose monitoring was made anew; and who is told."""

    open_after: int = 2  # looks that must have seen it ...
    of_last: int = 3  # ... among so many last ones
    at_once: tuple[str, ...] = ("high", "data old", "champion old")  # severities and names that open when first seen
    resolve_after: int = 2  # looks in a row without it that end it
    high_share: float = 0.2  # of the expected profit at stake: from here on the severity is high
    medium_share: float = 0.05  # from here on it is medium, below it is low
    channels: tuple[str, ...] = ()  # names of environment variables that hold the URLs of Apprise


@dataclass(frozen=True)
class RetrainRules:
    """When `retrain --if-needed` trains again: any rule may call for it, any may hold it back; 0 switches one off."""

    every_days: float = 0  # since the last training: a schedule
    max_champion_age_days: float = 90  # of the champion
    on_drift: bool = True  # an open alert says that inputs or scores moved, and not harmlessly
    on_performance: bool = True  # an open alert says that realised performance fell
    max_loss_share: float = 0.05  # of the expected profit that open alerts may cost together
    max_estimated_loss: float = 0  # share of the profit, or of the ROC AUC above 0.5, that the evaluation promised
    max_realised_loss: float = 0  # share of the promised profit, in the newest month whose labels are in
    hold_on: tuple[str, ...] = ("feed broken",)  # open alerts in whose presence no model may learn
    cool_down_days: float = 7  # after a training
    budget: int = 0  # trainings ...
    budget_days: float = 90  # ... in so many days
    window: str = ""  # features.window of the run that `retrain` makes; empty: as the definition says


@dataclass(frozen=True)
class Config:
    """One TOML file, read: the definition, and the parameters it sets for stages (`{"train": {"folds": 5}}`)."""

    path: Path
    text: str
    definition: Definition
    parameters: dict[str, dict]
    limits: dict[str, Limits] = field(default_factory=dict)  # by short name of the stage; "" for all others
    hooks: Hooks = Hooks()
    policy: Policy = field(default_factory=Policy)
    schedule: Schedule = Schedule()
    alerts: AlertRules = AlertRules()
    retrain: RetrainRules = RetrainRules()

    @property
    def offers_file(self) -> Path | None:
        """The table of offers, where the definition names one: from the definition's own folder."""
        offers = self.definition.offers
        return (self.path.parent / offers.file).resolve() if offers else None

    def limits_of(self, stage: str) -> Limits:
        """The limits of a stage, by its short name."""
        return self.limits.get(stage) or self.limits.get("") or Limits()
