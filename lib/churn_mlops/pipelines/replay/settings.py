"""What the stages would be given, as far as a replay does what they do."""

from dataclasses import asdict, dataclass

from churn_mlops.config.replaying import snapshots_of

# Stage and parameter of each setting that a notebook declares.
DECLARED = {
    "features": ("history_months", "test_snapshots", "train_snapshots", "gap_days", "window"),
    "train": ("folds",),
    "judge": ("min_roc_auc", "max_calibration_error"),
    "monitor": ("ignore", "psi_limit", "max_champion_age_days", "max_roc_auc_drop", "max_false_alarm_ratio"),
}
_OF_TRAINING = (*DECLARED["features"], *DECLARED["train"], "trials", "search_rows", "fold_rows", "replicates", "seed")
_OF_JUDGING = (*DECLARED["judge"], "replicates", "seed")


@dataclass(frozen=True)
class Settings:
    """Parameters of the stages by their names there, and what [replay] says of each training."""

    history_months: int = 12
    test_snapshots: int = 3
    train_snapshots: int = 12
    gap_days: int = 0
    window: str = "sliding"
    folds: int = 0
    min_roc_auc: float = 0.52
    max_calibration_error: float = 0.05
    ignore: str = "month_of_year"
    psi_limit: float = 0.05
    max_champion_age_days: int = 90
    max_roc_auc_drop: float = 0.03
    max_false_alarm_ratio: float = 2.0
    trials: int = 4
    search_rows: int = 5_000
    fold_rows: int = 10_000
    replicates: int = 100
    seed: int = 0

    @property
    def default_snapshots(self) -> int:
        """The window of a policy that names none, as 02_features takes it."""
        return snapshots_of(self.window, self.train_snapshots)

    def that_decide(self, kind: str) -> dict:
        """The settings on which the result of a task depends: "train", "duel" or "look"."""
        names = {"train": _OF_TRAINING, "duel": _OF_JUDGING, "look": DECLARED["monitor"]}[kind]
        return {name: value for name, value in asdict(self).items() if name in names}
