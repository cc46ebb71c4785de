"""The tasks of a replay: trainings, looks and duels, each computed once, side by side, and kept on disk."""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from churn_mlops.models.persistence import load_model
from churn_mlops.pipelines.replay.dueling import duel
from churn_mlops.pipelines.replay.entries import Entries
from churn_mlops.pipelines.replay.history import History
from churn_mlops.pipelines.replay.keys import Keys
from churn_mlops.pipelines.replay.looking import Champion, look_at
from churn_mlops.pipelines.replay.settings import Settings
from churn_mlops.pipelines.replay.training import predictor_of, train_at
from churn_mlops.workers import run_all


@dataclass(frozen=True)
class Model:
    """A model by the training that makes it."""

    day: str  # YYYY-MM-DD
    snapshots: int  # newest ones before the test that it learns from; 0: all


@dataclass(frozen=True)
class Train:
    """What would a run on that day have made?"""

    model: Model


@dataclass(frozen=True)
class Look:
    """What would monitoring have found on a day, and what did the day's decisions earn?"""

    model: Model
    day: str


@dataclass(frozen=True)
class Duel:
    """Which is better on the challenger's test rows?"""

    challenger: Model
    champion: Model


Task = Train | Look | Duel


class Tasks:
    """The answers so far. Whoever asks for one that is there already, here or on disk, does not wait."""

    def __init__(self, history: History, settings: Settings, entries: Entries, keys: Keys, tell: Callable[[str], None]):
        self.history, self.settings, self.entries, self.keys, self.tell = history, settings, entries, keys, tell
        self.answers: dict[Task, dict] = {}
        self.models: dict[Model, Champion] = {}
        self.computed = {"train": 0, "look": 0, "duel": 0}
        self._lock = threading.Lock()

    def answer(self, tasks: Iterable[Task]) -> list[dict]:
        """The facts of each task; what is not known yet is computed, side by side."""
        tasks = list(tasks)
        new = [task for task in dict.fromkeys(tasks) if task not in self.answers and not self._found(task)]
        if new:
            calls = [self._call(task) for task in new]
            run_all(
                compute, calls, (self.history, self.settings), told=lambda place, came: self._keep(new[place], *came)
            )
        return [self.answers[task] for task in tasks]

    def key(self, task: Task) -> str:
        """The key of a task, by which it is found again."""
        if isinstance(task, Train):
            return self._made(task.model)
        if isinstance(task, Look):
            return self.keys.look(self._made(task.model), task.day)
        return self.keys.duel(self._made(task.challenger), self._made(task.champion))

    def champion(self, model: Model) -> Champion:
        """The model itself, always from its file, so that it does not matter who has made it."""
        if model not in self.models:
            facts = self.answers[Train(model)]
            fitted = load_model(self.entries.model(self._made(model)), facts["digest"])
            self.models[model] = Champion(predictor_of(facts, fitted), model.day, facts)
        return self.models[model]

    def _made(self, model: Model) -> str:
        return self.keys.train(model.day, model.snapshots)

    def _found(self, task: Task) -> bool:
        facts = self.entries.find(self.key(task))
        if facts is not None:
            self.answers[task] = facts
        return facts is not None

    def _call(self, task: Task) -> tuple:
        if isinstance(task, Train):
            return "train", task.model.day, task.model.snapshots
        if isinstance(task, Look):
            return "look", self.champion(task.model), task.day
        return "duel", self.champion(task.challenger), self.champion(task.champion)

    def _keep(self, task: Task, facts: dict, model: bytes, table) -> None:
        """Keep what a task came to, as soon as it is here."""
        facts = json.loads(json.dumps(facts))  # as it will be read again
        self.entries.keep(self.key(task), facts, model, table)
        with self._lock:
            self.answers[task] = facts
            self.computed[type(task).__name__.lower()] += 1
            self.tell(_told(task, facts))


def compute(history: History, settings: Settings, kind: str, *asked) -> tuple:
    """What a task comes to, here or at a worker: its facts, the file of a model, a table."""
    if kind == "train":
        made = train_at(history, settings, *asked)
        return made.facts, made.model, None
    if kind == "look":
        seen = look_at(history, settings, *asked)
        return seen.facts, b"", seen.earned
    return duel(history, settings, *asked), b"", None


def _told(task: Task, facts: dict) -> str:
    if isinstance(task, Train):
        came = f"trained: {facts['name']}" if "name" in facts else f"no model: {facts['failed'].splitlines()[0]}"
        return f"{task.model.day} {came}"
    if isinstance(task, Look):
        return f"{task.day} looked at with the model of {task.model.day}: {len(facts['findings'])} findings"
    return f"{task.challenger.day} against {task.champion.day}: {facts['verdict']}"
