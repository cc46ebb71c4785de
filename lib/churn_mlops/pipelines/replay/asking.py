"""The command `replay`, from its words to its folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import write_json
from churn_mlops.config import read_config
from churn_mlops.config.replaying import between, read_contest
from churn_mlops.pipelines.project import Project


@dataclass(frozen=True)
class Asked:
    """What the command line says; what is None or empty is as by default."""

    policy: Path | None = None
    config: Path | None = None
    data: str = ""
    first: str = ""
    last: str = ""
    scheduler: str = ""


@dataclass(frozen=True)
class Done:
    """A replay that is over."""

    folder: Path
    answer: dict  # replay.json, with the comparison, the folder and how many tasks were computed
    text: str
    page: Path


def replay_history(project: Project, asked: Asked, tell: Callable[[str], None]) -> Done:
    """Play all policies and judge them; everything that can be wrong with the words is found before any work."""
    from churn_mlops.data import asof, sources
    from churn_mlops.pipelines.cluster import check_scheduler
    from churn_mlops.pipelines.plan import default_config

    config = read_config(asked.config or default_config(project))
    contest = between(read_contest(asked.policy, config.retrain, config.alerts), asked.first, asked.last)
    asof.check_time(config.definition, "replay")
    if asked.scheduler:
        check_scheduler(asked.scheduler)
    located = sources.locate(config, asked.data)
    return _played(project, asked, config, contest, located, tell)


def _played(project: Project, asked: Asked, config, contest, located: str, tell) -> Done:
    from churn_mlops.pipelines.cluster import let_kernels_use
    from churn_mlops.pipelines.following import draw_index
    from churn_mlops.pipelines.replay import telling
    from churn_mlops.pipelines.replay.entries import Entries
    from churn_mlops.pipelines.replay.history import read_history
    from churn_mlops.pipelines.replay.keys import Keys
    from churn_mlops.pipelines.replay.planning import settings_of
    from churn_mlops.pipelines.replay.playing import play
    from churn_mlops.pipelines.replay.tasks import Tasks

    settings = settings_of(project, config, contest.replaying)
    if asked.scheduler:
        let_kernels_use(asked.scheduler)
    history = read_history(config, located, settings.history_months)
    tell(f"{len(history.features):,} rows of {len(history.snapshots)} months")
    entries = Entries(project.runs)
    tasks = Tasks(history, settings, entries, Keys(project, history, settings), tell)
    days, played = play(tasks, contest)
    replay, gains = telling.describe(project, tasks, contest, days, played), telling.gains_of(tasks, days, played)
    folder = telling.save(project.runs, replay, gains)
    entries.forget_old()
    done = _judged(folder, replay, gains, tasks.computed)
    draw_index(project.runs)
    return done


def _judged(folder: Path, replay: dict, gains, computed: dict) -> Done:
    from churn_mlops.monitoring.replaying import compare
    from churn_mlops.reports.replay import text, write_page

    comparison = compare(replay, gains)
    write_json(folder / "comparison.json", comparison)
    answer = replay | {"folder": str(folder), "computed": computed, "comparison": comparison}
    return Done(folder, answer, text(replay, comparison), write_page(folder))
