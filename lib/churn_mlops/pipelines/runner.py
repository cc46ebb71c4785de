"""A run: its stages executed or reused, all that came of it archived, and the champion following."""

import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from churn_mlops.archive import versions
from churn_mlops.archive.files import write_json, write_text
from churn_mlops.archive.reuse import link_in
from churn_mlops.data.sources.places import relative_to
from churn_mlops.errors import ArchiveDamaged
from churn_mlops.pipelines.aftermath import Aftermath
from churn_mlops.pipelines.cache import index
from churn_mlops.pipelines.cache.inputs import Inputs, key_of, with_champion, with_last_data
from churn_mlops.pipelines.execution import Stop
from churn_mlops.pipelines.following import follow
from churn_mlops.pipelines.hiding import Hiding
from churn_mlops.pipelines.interruption import InterruptedTwice, interruptible
from churn_mlops.pipelines.kernels.forked import start_template
from churn_mlops.pipelines.parameters import read_parameters
from churn_mlops.pipelines.project import Project, prepare_environment
from churn_mlops.pipelines.record import describe_result, metrics_of
from churn_mlops.pipelines.request import Request, wanted_stages
from churn_mlops.pipelines.schedule import Schedule, StageRun
from churn_mlops.registry.approval import hindrance
from churn_mlops.registry.audit.signing import own_key
from churn_mlops.registry.identity import who

SWITCH_S = 0.0005  # what draws a page lets go of Python this often, so that the stage beside it is not held up


@dataclass(frozen=True)
class Result:
    """A run as it stands in the archive."""

    version: str
    folder: Path
    manifest: dict
    metrics: dict

    @property
    def exit_code(self) -> int:
        """0 for success, otherwise the code of what went wrong."""
        return self.manifest["error"]["exit_code"] if self.manifest["error"] else 0


def run(project: Project, request: Request, progress, inputs: Inputs | None = None, template=None) -> Result:
    """Execute the wanted stages and publish the version, also when one failed; then move the champion and the pages.

    `inputs` and `template` are what the caller has of them already. Raises for what makes archiving impossible, and
    InterruptedTwice.
    """
    prepare_environment(project.runs / ".cache")
    sys.setswitchinterval(SWITCH_S)
    wanted = wanted_stages(project.stages, request)
    who(), own_key()  # a wrong identity or key is told before any kernel starts
    begun: list[Schedule] = []
    with interruptible(lambda why: _stop(begun, why)):
        building = versions.begin(project.runs)
        try:
            template = template or start_template()
            import papermill  # noqa: F401 here, while the template loads its modules, and before any thread imports

            inputs = inputs or Inputs(project, request.config, request.located, request.parameters)
            schedule = Schedule(project, request, inputs, building, wanted, template)
            begun.append(schedule)
            manifest, metrics, runs = _make(project, request, schedule, building, progress)
            if template:
                template.release()  # it ends while the version is published
            folder = versions.publish(building, manifest)
            schedule.clear()
            if template:
                template.close(wait=False)
        except BaseException:
            if template:
                template.close()
            for schedule in begun:
                schedule.clear()
            versions.discard(building)  # now that no kernel can write into it any more
            raise
    inputs.save()
    after = partial(_own_result_is_no_change, project, inputs, runs)
    follow(project, manifest, inputs.config, schedule.champion, after)
    return Result(building.version, folder, manifest, metrics)


def _stop(begun: list[Schedule], why: Stop) -> None:
    """End the run in good order, or at once where there is nothing yet that could be archived."""
    if not begun:
        raise InterruptedTwice(why.exit_code)
    begun[0].stop(why)


def _make(project: Project, request: Request, schedule: Schedule, building, progress) -> tuple[dict, dict, list]:
    """Everything of the version but its publication."""
    given = _complete(project, building, request)
    hide = Hiding(project.root, request.parameters, request.config.alerts.channels)
    write_text(building.folder / "config.toml", hide.text(request.config.text))
    write_json(building.folder / "parameters.json", hide.value(given))
    author, started, begun = who(), versions.now(), time.monotonic()
    aftermath = Aftermath(project, building, schedule.inputs, hide)

    def bring_in(run: StageRun) -> bool:
        try:
            for name, digest in run.found.files.items():
                link_in(building, name, run.found.version, digest)
        except ArchiveDamaged:
            run.reason = f"ran: its result from {run.found.version} is damaged"
            return False
        return True

    runs = schedule.execute(given, progress, bring_in, aftermath.add)
    aftermath.finish()
    metrics = {name: value for run in runs for name, value in metrics_of(run).items()}
    manifest = hide.value(
        {
            "version": building.version,
            "dataset": request.config.definition.dataset.name,
            "started": started,
            "finished": versions.now(),
            "seconds": round(time.monotonic() - begun, 3),
            "experiment": request.experiment,
            "kind": "monitor" if request.monitor else "train",
            "as_of": request.as_of,
            **({"call_key": request.key} if request.key else {}),
            "author": author,
            "parameters": given,
            "code": aftermath.code.result(),
            "environment": aftermath.environment.result() | {"scheduler": request.scheduler or None},
            **describe_result(
                building.artifacts,
                project.stages,
                runs,
                schedule.champion,
                request.experiment,
                request.as_of,
                lambda digest: hindrance(project.runs, building.version, digest, request.config),
                request.monitor,
                schedule.inputs.champion(),
            ),
        }
    )
    write_json(building.folder / versions.METRICS, {"schema": versions.SCHEMA, **metrics})
    _render_run(project, building, manifest, metrics, hide)
    return manifest, metrics, runs


def _complete(project: Project, building, request: Request) -> dict[str, dict]:
    """Add what only the runner knows to the parameters of the stages that declare it."""

    # Relative to the notebook's folder, so that executed notebooks name no machine's paths.
    def relative(path):
        return Path(os.path.relpath(path, project.notebooks)).as_posix()

    known = {
        "run_dir": relative(building.artifacts),
        "runs_dir": relative(project.runs),
        "config": relative(request.config.path),
        "data": relative_to(request.data, project.notebooks) if request.data else "",
        "as_of": request.as_of,
    }
    complete = {}
    for stage in project.stages:
        declared = read_parameters(stage.notebook(project.notebooks))
        own = {name: value for name, value in known.items() if name in declared}
        complete[stage.name] = own | request.parameters[stage.name]
    return complete


def _render_run(project: Project, building, manifest: dict, metrics: dict, hide: Hiding) -> None:
    from churn_mlops.reports.card import render_card
    from churn_mlops.reports.facts import Facts
    from churn_mlops.reports.readiness import render_readiness
    from churn_mlops.reports.run import render_run
    from churn_mlops.reports.stage import render_not_run

    _compare_shadow(project, building, manifest["dataset"])
    render_not_run(building.folder, manifest, project.notebooks, hide.redactor.notebook)
    facts = Facts(building.folder, manifest, metrics)
    render_card(facts, render_readiness(facts, hide.text), hide.text)
    render_run(building.folder, manifest, metrics)


def _compare_shadow(project: Project, building, dataset: str) -> None:
    """Where a model shadows the champion: what both have answered lately, for the page of the run."""
    from churn_mlops.registry.shadow import read_shadow

    if read_shadow(project.runs, dataset) is None:
        return
    from churn_mlops.serving.log.activity import compare_shadows

    write_json(building.folder / "shadow.json", compare_shadows(project.runs, dataset))


def _own_result_is_no_change(project: Project, inputs: Inputs, runs: list[StageRun]) -> None:
    """Find what this run made also now that its data is the last and its model champion: neither calls for a run."""
    champion, last = inputs.champion(), inputs.last_data()
    for run in runs:
        result = run.found or run.result
        if run.stage.watches and result:
            later = with_last_data(with_champion(run.inputs, champion), last)
            index.remember(project.runs, key_of(later), result)
