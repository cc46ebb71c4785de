"""A dataset's whole past as features and labels, of which each day of a replay sees what was known on it."""

from dataclasses import dataclass
from functools import cached_property
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from churn_mlops.config import Definition
from churn_mlops.features.examples import Examples
from churn_mlops.features.signature import Signature, conform


@dataclass(frozen=True)
class History:
    """Every labelled row of every snapshot, oldest first. Features are of their own day, so they hold for any later."""

    definition: Definition
    version: str  # digest of the data
    features: pd.DataFrame  # id, snapshot date, columns
    labels: pd.DataFrame  # id, snapshot date, churned; same rows in the same order

    @cached_property
    def snapshots(self) -> list[pd.Timestamp]:
        """The days on which customers were looked at, oldest first."""
        return sorted(self.dates.unique())

    @cached_property
    def dates(self) -> pd.Series:
        """The snapshot date of each row."""
        return self.labels[self.definition.dataset.snapshot_date]

    def matured(self, day: pd.Timestamp) -> list[pd.Timestamp]:
        """The snapshots whose horizon was over on a day: theirs are the labels that were known."""
        horizon = pd.Timedelta(days=self.definition.dataset.horizon_days)
        return [snapshot for snapshot in self.snapshots if snapshot + horizon <= day]

    def labels_in(self, snapshot: pd.Timestamp) -> pd.Timestamp:
        """The first day of looking, or else the first day at all, on which a snapshot's labels were known."""
        due = snapshot + pd.Timedelta(days=self.definition.dataset.horizon_days)
        return next((day for day in self.snapshots if day >= due), due)

    def rows(self, snapshots) -> np.ndarray:
        """The positions of the rows of some snapshots, in order."""
        return np.flatnonzero(self.dates.isin(snapshots).to_numpy())

    def examples(self, snapshots, signature: Signature, labelled: bool = True) -> Examples:
        """The rows of some snapshots, as a model with that signature sees them; without labels where none is known."""
        rows = self.rows(snapshots)
        features = self.features.iloc[rows].reset_index(drop=True)
        y = self.labels["churned"].to_numpy()[rows] if labelled else None
        dates, customers = features[signature.snapshot_date], features[signature.id]
        return Examples(conform(features, signature), customers, dates, y, groups=customers)


def read_history(config, located: str, history_months: int) -> History:
    """Take the data in as 01_data does, and build all features at once as 02_features does.

    Raises ConfigError for a dataset without time, CheckError where a feature knows what came after its day.
    """
    from churn_mlops.data import asof, checking, sources, versions
    from churn_mlops.features import build, time_travel

    definition = config.definition
    asof.check_time(definition, "replay")
    with TemporaryDirectory(prefix="churn-replay-") as folder:
        checked = checking.take_in(folder, definition, sources.open_source(definition, located))
        version = versions.save_version(folder, definition, checked, located)["version"]
        _, tables = versions.open_version(folder)
        built = build.build(definition, tables, history_months)
        time_travel.check(time_travel.compare(definition, tables, built.features))
    return history_of(definition, version, built)


def history_of(definition: Definition, version: str, built) -> History:
    """The history of features and labels that were built, in the order of their days."""
    date = definition.dataset.snapshot_date
    order = np.argsort(built.labels[date].to_numpy(), kind="stable")
    names = [definition.dataset.id, date, "churned"]
    features, labels = (frame.iloc[order].reset_index(drop=True) for frame in (built.features, built.labels[names]))
    return History(definition, version, features, labels)
