"""A run: execute the stages in order, archive all that came of it, and let the champion follow."""

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from churn_mlops.archive import versions
from churn_mlops.archive.files import read_json, write_json, write_text
from churn_mlops.archive.scraps import read_metrics
from churn_mlops.config import Config
from churn_mlops.pipelines.execution import INTERRUPTED, Failure, Outcome, execute
from churn_mlops.pipelines.kernels import start_kernel, stop_kernel
from churn_mlops.pipelines.project import Project, describe_code, describe_environment, prepare_environment
from churn_mlops.pipelines.stage import Stage

# What the stages leave for the manifest: its key and the artifact that holds it.
_FACTS = {
    "data": "data_version.json",
    "model": "model.json",
    "gates": "gates.json",
    "promotion": "promotion.json",
    "alerts": "alerts.json",
    "retraining": "retraining.json",
}


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


def run(
    project: Project,
    config: Config,
    data: str,
    parameters: dict[str, dict],
    timeout_s: float,
    progress,
) -> Result:
    """Execute every stage and publish the version, also when one failed; then move the champion and the pages.

    `data` replaces the definition's source unless it is empty; `parameters` are what `plan_parameters` has
    checked. Raises only for what makes archiving impossible.
    """
    stages = project.stages
    prepare_environment(project.runs / ".cache")
    building = versions.begin(project.runs)
    try:
        given = _complete(project, building, stages, config, data, parameters)
        write_text(building.folder / "config.toml", config.text)
        write_json(building.folder / "parameters.json", given)
        started, begun = versions.now(), time.monotonic()
        outcomes = _execute_all(project, building, stages, given, timeout_s, progress)
        manifest = {
            "version": building.version,
            "dataset": config.definition.dataset.name,
            "started": started,
            "finished": versions.now(),
            "seconds": round(time.monotonic() - begun, 3),
            "parameters": given,
            "code": describe_code(project),
            "environment": describe_environment(),
            **_findings(building, stages, outcomes),
        }
        metrics = _metrics(outcomes)
        write_json(building.folder / versions.METRICS, {"schema": versions.SCHEMA, **metrics})
        _render(building, outcomes, manifest, metrics)
        folder = versions.publish(building, manifest)
    except BaseException:
        versions.discard(building)
        raise
    _follow(project, manifest)
    return Result(building.version, folder, manifest, metrics)


def _complete(project, building, stages, config, data, parameters) -> dict[str, dict]:
    """Add what only the runner knows to the parameters of the stages that declare it."""
    from churn_mlops.pipelines.parameters import read_parameters

    # Relative to the notebook's folder, so that executed notebooks name no machine's paths.
    def relative(path):
        return Path(os.path.relpath(path, project.notebooks)).as_posix()

    known = {
        "run_dir": relative(building.artifacts),
        "runs_dir": relative(project.runs),
        "config": relative(config.path),
        "data": relative(data) if data else "",
    }
    complete = {}
    for stage in stages:
        declared = read_parameters(stage.notebook(project.notebooks))
        own = {name: value for name, value in known.items() if name in declared}
        complete[stage.name] = own | parameters[stage.name]
    return complete


def _execute_all(project, building, stages, given, timeout_s, progress) -> list[Outcome]:
    """Outcomes of the stages that ran: all of them, or up to the first that failed."""
    outcomes: list[Outcome] = []
    notebooks = [stage.notebook(project.notebooks) for stage in stages]
    ready = start_kernel(notebooks[0])
    try:
        for number, (stage, notebook) in enumerate(zip(stages, notebooks, strict=True), 1):
            progress.start(stage.name)
            kernel, ready = ready, start_kernel(notebooks[number]) if number < len(stages) else None
            own = given[stage.name]
            outcome = execute(stage, notebook, building.artifacts, own, timeout_s, progress.cell, kernel)
            _save_notebook(outcome, building.folder / "notebooks" / f"{stage.name}.ipynb")
            progress.end(stage.name, outcome.status, outcome.seconds)
            outcomes.append(outcome)
            if outcome.failure:
                break
    finally:
        if ready:
            stop_kernel(ready)
        progress.close()
    return outcomes


def _save_notebook(outcome: Outcome, path: Path) -> None:
    """Write the executed notebook without papermill's record of times and paths, which no two runs share."""
    import nbformat

    notebook = outcome.notebook
    for part in (notebook, *notebook.cells):
        part.metadata.pop("papermill", None)
        part.metadata.pop("execution", None)
    write_text(path, nbformat.writes(notebook))


def _metrics(outcomes: list[Outcome]) -> dict:
    metrics: dict = {}
    for outcome in outcomes:
        metrics |= read_metrics(outcome.notebook)
    return metrics


def _findings(building, stages, outcomes) -> dict:
    """What the stages found, for the manifest: their times, their facts, the error if any, the verdict."""
    failure: Failure | None = outcomes[-1].failure if outcomes else None
    facts = {}
    for key, name in _FACTS.items():
        path = building.artifacts / name
        facts[key] = read_json(path) if path.is_file() else None
    return {
        "status": "failed" if failure else "succeeded",
        "stages": [_stage_facts(stage, outcomes) for stage in stages],
        "error": asdict(failure) if failure else None,
        "verdict": _verdict(failure, facts["promotion"]),
        **facts,
    }


def _stage_facts(stage: Stage, outcomes: list[Outcome]) -> dict:
    title = stage.key.replace("_", " ").capitalize()
    for outcome in outcomes:
        if outcome.stage == stage:
            return {
                "name": stage.name,
                "title": title,
                "status": outcome.status,
                "seconds": outcome.seconds,
                "cells": outcome.cells,
                "cells_run": outcome.cells_run,
            }
    return {"name": stage.name, "title": title, "status": "not run", "seconds": 0.0, "cells": 0, "cells_run": 0}


def _verdict(failure: Failure | None, promotion: dict | None) -> str:
    if failure:
        word = "Interrupted" if failure.exit_code == INTERRUPTED else "Failed"
        return f"{word} in {failure.stage}; the champion stays as it was"
    if promotion is None:
        return "Succeeded"
    return "Succeeded: became champion" if promotion["promoted"] else "Succeeded: the champion stays as it was"


def _render(building, outcomes, manifest, metrics) -> None:
    from churn_mlops.reports.run import render_run
    from churn_mlops.reports.stage import render_stage

    names = [outcome.stage.name for outcome in outcomes]
    for outcome in outcomes:
        page = building.folder / "pages" / f"{outcome.stage.name}.html"
        failed = manifest["error"] if outcome.failure else None
        render_stage(
            outcome.notebook, page, stages=names, version=building.version, seconds=outcome.seconds, failed=failed
        )
    render_run(building.folder, manifest, metrics)


def _follow(project: Project, manifest: dict) -> None:
    """Move the champion where the run decided so, then draw the index of all runs."""
    from churn_mlops.registry.champion import promote

    promotion = manifest["promotion"]
    try:
        if manifest["status"] == "succeeded" and promotion and promotion["promoted"]:
            promote(
                project.runs,
                manifest["dataset"],
                manifest["version"],
                manifest["model"]["digest"],
                promotion["expected_generation"],
            )
    finally:
        draw_index(project.runs)


def draw_index(runs: Path) -> None:
    """Draw `runs/index.html` from the archive; one writer at a time, so that no run goes missing from it."""
    from churn_mlops.archive.files import locked
    from churn_mlops.registry.champion import read_champion
    from churn_mlops.reports.archive import render_archive

    with locked(runs / versions.BUILDING / "index.lock"):
        entries = []
        for version in versions.versions(runs):
            manifest = versions.read_manifest(runs, version)
            champion = read_champion(runs, manifest["dataset"])
            entries.append(
                {
                    "manifest": manifest,
                    "metrics": versions.read_metrics(runs, version),
                    "champion": bool(champion and champion.version == version),
                }
            )
        render_archive(runs, entries)
