"""What the stages would be given, as far as a replay does what they do."""

from dataclasses import asdict, dataclass, fields

from churn_mlops.config import Config
from churn_mlops.config.replaying import Replaying
from churn_mlops.pipelines.parameters import plan_declared, read_declared
from churn_mlops.pipelines.project import Project

# Stage and parameter of each setting that a notebook declares.
_DECLARED = {
    "features": ("history_months", "test_snapshots", "train_snapshots", "gap_days"),
    "train": ("folds",),
    "judge": ("min_roc_auc", "max_calibration_error"),
    "monitor": ("ignore", "psi_limit", "max_champion_age_days", "max_roc_auc_drop", "max_false_alarm_ratio"),
}
_OF_TRAINING = (*_DECLARED["features"], *_DECLARED["train"], "trials", "search_rows", "fold_rows", "replicates", "seed")
_OF_JUDGING = (*_DECLARED["judge"], "replicates", "seed")


@dataclass(frozen=True)
class Settings:
    """Parameters of the stages by their names there, and what [replay] says of each training."""

    history_months: int = 12
    test_snapshots: int = 3
    train_snapshots: int = 12
    gap_days: int = 0
    folds: int = 0
    min_roc_auc: float = 0.52
    max_calibration_error: float = 0.05
    ignore: str = "month_of_year"
    psi_limit: float = 0.05
    max_champion_age_days: int = 90
    max_roc_auc_drop: float = 0.03
    max_false_alarm_ratio: float = 2.0
    trials: int = 5
    search_rows: int = 6_000
    fold_rows: int = 12_000
    replicates: int = 100
    seed: int = 0

    def that_decide(self, kind: str) -> dict:
        """The settings on which the result of a task depends: "train", "duel" or "look"."""
        names = {"train": _OF_TRAINING, "duel": _OF_JUDGING, "look": _DECLARED["monitor"]}[kind]
        return {name: value for name, value in asdict(self).items() if name in names}


def settings_of(project: Project, config: Config, replaying: Replaying) -> Settings:
    """What the notebooks and the definition say, and the budget of the replay; raises ConfigError as a run does."""
    declared = read_declared(project.stages, project.notebooks)
    planned = plan_declared(project.stages, declared, config, [])
    told = {name: one.default for stage in _DECLARED for name, one in declared.get(stage, {}).items()}
    for stage in project.stages:
        told |= planned[stage.name] if stage.key in _DECLARED else {}
    told |= {name: value for name, value in asdict(replaying).items() if name != "changes"}
    return Settings(**{field.name: told[field.name] for field in fields(Settings) if field.name in told})
