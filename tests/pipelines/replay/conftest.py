"""A year of a small club whose members leave for a reason that changes in the middle, as a history to be replayed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import AlertRules, Dataset, Definition, Money, RetrainRules
from churn_mlops.config.replaying import Contest, Replaying, ReplayPolicy
from churn_mlops.features.build import build
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.replay.entries import Entries
from churn_mlops.pipelines.replay.history import history_of
from churn_mlops.pipelines.replay.keys import Keys
from churn_mlops.pipelines.replay.settings import Settings
from churn_mlops.pipelines.replay.tasks import Tasks

ROOT = Path(__file__).parents[3]
CLUB = Definition(
    Dataset("club", "club.csv", "id", "gone", "yes", snapshot_date="day", horizon_days=30), Money(100, 5, 0.5)
)
SMALL = Settings(
    0, 2, 6, max_calibration_error=0.1, trials=1, folds=2, search_rows=1_000, fold_rows=1_000, replicates=20
)
OFF = RetrainRules(max_champion_age_days=0, on_drift=False, on_performance=False, max_loss_share=0)


def club_table(months=12, members=600, turn=7):
    """A row a member and month; from month `turn` on it is the price that drives them away, and no longer the use."""
    rng, parts = np.random.default_rng(4), []
    for number, day in enumerate(pd.date_range("2024-01-01", periods=months, freq="MS")):
        use, price = rng.normal(size=(2, members))
        price = price + 2 * (number >= turn)
        reason = price - 2 if number >= turn else -use
        left = rng.random(members) < 1 / (1 + np.exp(2.2 - 1.8 * reason))
        ids, plan = [f"m{number:02}-{n:04}" for n in range(members)], rng.choice(["a", "b"], members)
        parts.append(pd.DataFrame({"id": ids, "day": day, "use": use, "price": price, "plan": plan, "gone": left}))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(gone=table["gone"].map({True: "yes", False: "no"}))


def history_from(table, version="club"):
    return history_of(CLUB, version, build(CLUB, {"table": table}))


@pytest.fixture(scope="session")
def club():
    return history_from(club_table())


def tasks_over(history, runs, settings=SMALL):
    """Tasks over an archive, as a process finds them that begins anew."""
    return Tasks(history, settings, Entries(runs), Keys(Project(ROOT, runs), history, settings), lambda line: None)


@pytest.fixture
def make_tasks(tmp_path):
    """Makes tasks over an archive in a folder of the test."""
    return lambda history, settings=SMALL: tasks_over(history, tmp_path / "runs", settings)


def contest(first="2024-08-01", last="2024-10-01", **policies):
    """A contest of the policies named, by their rules."""
    named = {name: ReplayPolicy(rules, AlertRules()) for name, rules in policies.items()}
    return Contest(Replaying(first, last), named)
