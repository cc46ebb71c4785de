"""A whole replay: which days, all policies side by side, and what is told of it."""

from churn_mlops.config.replaying import Contest, ReplayPolicy, snapshots_of
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.replay.history import History
from churn_mlops.pipelines.replay.tasks import Model, Tasks, Train
from churn_mlops.pipelines.replay.walking import foreseen, walk
from churn_mlops.workers import cores


def play(tasks: Tasks, contest: Contest) -> tuple[list[str], dict[str, list[dict]]]:
    """The days that were gone through, and by policy what each brought; raises ConfigError where there is none."""
    default = tasks.settings.default_snapshots
    days = _from_the_first_model(tasks, chosen_days(tasks.history, contest), default)
    policies = contest.policies
    first = {name: _first_model(tasks, policy, days[0], default) for name, policy in policies.items()}
    ahead = (foreseen(policy, days, first[name], default) for name, policy in policies.items())
    tasks.answer(task for ones in ahead for task in ones)
    return days, _side_by_side(tasks, {name: walk(one, days, first[name], default) for name, one in policies.items()})


def chosen_days(history: History, contest: Contest) -> list[str]:
    """The snapshot dates from the first to the last month asked for; raises ConfigError where none lies between."""
    known = [f"{day:%Y-%m-%d}" for day in history.snapshots]
    begin, end = contest.replaying.first or known[0], contest.replaying.last or known[-1]
    days = [day for day in known if begin <= day <= end]
    if not days:
        raise ConfigError(
            f"replay: no month of `{history.definition.dataset.name}` whose labels are in lies between {begin} and "
            f"{end}; they go from {known[0]} to {known[-1]}. Cure: another from and to."
        )
    return days


def _from_the_first_model(tasks: Tasks, days: list[str], default: int) -> list[str]:
    """The days from the first on which a model could be trained; raises ConfigError where there is none."""
    failed = ""
    for place in range(len(days)):
        made, *_ = tasks.answer(Train(Model(one, default)) for one in days[place : place + cores()])  # none stands idle
        if "failed" not in made:
            return days[place:]
        failed = made["failed"]
    raise ConfigError(
        f"replay: there is no month from {days[0]} to {days[-1]} on which a model could be trained with what was known "
        f"then. On {days[-1]}: {failed}"
    )


def _first_model(tasks: Tasks, policy: ReplayPolicy, day: str, default: int) -> Model:
    """Who serves first: of the policy's own window, or where that gives no model, of the default one."""
    own = Model(day, snapshots_of(policy.window, default))
    (made,) = tasks.answer([Train(own)])
    return Model(day, default) if "failed" in made else own


def _side_by_side(tasks: Tasks, walks: dict) -> dict[str, list[dict]]:
    """Let every policy go as far as what is known carries it, then compute all that they wait for together."""
    waiting = {name: next(one) for name, one in walks.items()}
    done = {}
    while waiting:
        answers = tasks.answer(waiting.values())
        for name, answer in zip(list(waiting), answers, strict=True):
            try:
                waiting[name] = walks[name].send(answer)
            except StopIteration as end:
                done[name] = end.value
                del waiting[name]
    return {name: done[name] for name in walks}
