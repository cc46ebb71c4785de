"""What a replay leaves: `runs/replays/<id>/` with replay.json and gains.parquet, judged and drawn by others."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from churn_mlops.archive.files import write_json
from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.archive.versions import new_id, now
from churn_mlops.config.replaying import Contest, ReplayPolicy, snapshots_of
from churn_mlops.pipelines.project import Project, describe_code
from churn_mlops.pipelines.replay.changes import known_changes
from churn_mlops.pipelines.replay.tasks import Look, Tasks
from churn_mlops.pipelines.replay.walking import model_of

REPLAYS = "replays"  # folder in the archive


def describe(project: Project, tasks: Tasks, contest: Contest, days: list[str], played: dict[str, list[dict]]) -> dict:
    """The whole replay as JSON values; what is not known is null."""
    history = tasks.history
    definition = history.definition
    labels_in = {day: f"{history.labels_in(pd.Timestamp(day)):%Y-%m-%d}" for day in days}
    policies = {
        name: {
            "rules": asdict(contest.policies[name].retrain),
            "alerts": asdict(contest.policies[name].alerts),
            "promote": contest.policies[name].promote,
            "window": contest.policies[name].window,
            "toml": as_toml(contest.policies[name]),
            "months": [month | {"labels_in": labels_in[month["month"]]} for month in months],
        }
        for name, months in played.items()
    }
    told = {
        "dataset": definition.dataset.name,
        "currency": definition.money.currency,
        "from": days[0],
        "to": days[-1],
        "made": now(),
        "code": describe_code(project)["library"],
        "data": history.version,
        "settings": asdict(tasks.settings),
        "retraining_cost": contest.replaying.retraining_cost,
        "seed": tasks.settings.seed,
        "horizon_days": definition.dataset.horizon_days,
        "months": days,
        "changes": known_changes(definition, contest.replaying.changes, days),
        "policies": policies,
    }
    return plain(told)


def gains_of(tasks: Tasks, days: list[str], played: dict[str, list[dict]]) -> pd.DataFrame:
    """What each policy's decision on each customer in each month earned: customer, month, a column a policy."""
    history, dataset = tasks.history, tasks.history.definition.dataset
    keys = history.features.iloc[history.rows([pd.Timestamp(day) for day in days])]
    gains = {"customer": keys[dataset.id].astype("str").to_numpy(), "month": keys[dataset.snapshot_date].to_numpy()}
    for name, months in played.items():
        looks = [Look(model_of(month["champion"]), month["month"]) for month in months]
        earned = [read_table(tasks.entries.table(tasks.key(look)))["earned"] for look in looks]
        gains[name] = pd.concat(earned, ignore_index=True).to_numpy()
    return pd.DataFrame(gains)


def save(runs: Path, replay: dict, gains: pd.DataFrame) -> Path:
    """Write a replay into a folder of its own; returns the folder."""
    folder = Path(runs) / REPLAYS / new_id()
    write_table(folder / "gains.parquet", gains)
    write_json(folder / "replay.json", replay)
    return folder


def as_toml(policy: ReplayPolicy) -> str:
    """The policy as a dataset definition holds it: its rules in full, and of alerts what is not so by itself."""
    fixed = policy.window.endswith(("month", "months"))
    lines = ["[retrain]", *_lines(replace(policy.retrain, window="sliding" if fixed else policy.window))]
    if differing := _lines(policy.alerts, type(policy.alerts)()):
        lines += ["", "[alerts]", *differing]
    if fixed:
        lines += ["", "[features]", f"train_snapshots = {snapshots_of(policy.window, 0)}"]
    return "\n".join(lines) + "\n"


def _lines(rules, default=None) -> list[str]:
    differing = {n: v for n, v in asdict(rules).items() if default is None or getattr(default, n) != v}
    return [f"{name} = {_toml(value)}" for name, value in differing.items()]


def _toml(value) -> str:
    if isinstance(value, tuple | list):
        return json.dumps(list(value), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)


def plain(value):
    """A value of which JSON can be written: what is no number is null."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
