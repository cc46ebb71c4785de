"""A place to repair a stage: a copy of its notebook and of the inputs it had in an archived run, free to be changed."""

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.digest import digest_notebook
from churn_mlops.archive.files import read_json, write_text
from churn_mlops.archive.parsing import understood
from churn_mlops.archive.versions import read_manifest, versions
from churn_mlops.data.sources.places import moved, relative_to
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.differences.cells import INJECTED
from churn_mlops.pipelines.naming import resolve
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage

LAB = "lab"  # the folder of the archive in which notebooks are worked on


@dataclass(frozen=True)
class Bench:
    """A notebook to be debugged, with what is to be known of it."""

    version: str
    stage: str
    notebook: Path
    inputs: Path  # the copied artifacts: the notebook's `run_dir`
    error: dict | None  # of the manifest, where this is the stage that failed
    made: bool  # False: it was there already, and is left as it was
    notes: tuple[str, ...]  # what is no longer as it was in the run


def prepare(project: Project, version: str = "", stage: str = "", *, fresh: bool = False) -> Bench:
    """Lay a stage of a version out under `runs/lab/<version>/`: the newest failed run, its failed stage, unless named.

    What stands there is somebody's work and stays, unless `fresh`. The archive is only read.
    """
    version = resolve(project.runs, version) if version else _newest_failed(project.runs)
    with understood(project.runs / version, "expected a version as a run leaves it"):
        return _prepare(project, version, stage, fresh)


def _prepare(project: Project, version: str, stage: str, fresh: bool) -> Bench:
    manifest = read_manifest(project.runs, version)
    chosen = _choose(project, manifest, stage)
    folder = project.runs / LAB / version
    notebook, inputs = folder / f"{chosen.name}.ipynb", folder / chosen.name
    made = fresh or not notebook.is_file()
    if made:
        notebook.unlink(missing_ok=True)  # first away and last there: where it stands, its inputs are whole
        _copy_inputs(project, version, chosen, inputs)
        given = _moved(project, manifest["parameters"].get(chosen.name, {}), inputs, folder)
        write_text(notebook, _with_parameters(chosen.notebook(project.notebooks), given))
    error = manifest["error"] if manifest["error"] and manifest["error"]["stage"] == chosen.name else None
    return Bench(version, chosen.name, notebook, inputs, error, made, _notes(project, manifest, chosen))


def _newest_failed(runs: Path) -> str:
    for version in versions(runs):
        if read_manifest(runs, version)["status"] == "failed":
            return version
    raise ConfigError(f"{runs}: no failed run. Cure: python pipeline.py debug VERSION --stage NAME.")


def _choose(project: Project, manifest: dict, wanted: str) -> Stage:
    """The stage that is asked for, or that failed; raises ConfigError where it had no inputs or is no more."""
    version, error = manifest["version"], manifest["error"]
    if not (wanted or error):
        raise ConfigError(f"run {version} has succeeded. Cure: --stage NAME says which notebook to open.")
    name = wanted or error["stage"]
    stages = {key: stage for stage in project.stages for key in (stage.key, stage.name)}
    if name not in stages:
        listed = ", ".join(stage.key for stage in project.stages)
        raise ConfigError(f"stage `{name}`: pipeline.py has no such stage. It has: {listed}.")
    chosen = stages[name]
    if not chosen.notebook(project.notebooks).is_file():
        raise ConfigError(f"{chosen.notebook(project.notebooks)}: no such notebook. Cure: put it back.")
    ran = {stage["name"]: stage["status"] for stage in manifest["stages"]}.get(chosen.name, "not run")
    if ran == "not run":
        raise ConfigError(
            f"stage {chosen.name} has not run in {version}, so it has no inputs there. "
            f"Cure: debug the stage that failed first{': ' + error['stage'] if error else ''}."
        )
    return chosen


def _copy_inputs(project: Project, version: str, chosen: Stage, inputs: Path) -> None:
    """Copy the artifacts that were there before the stage: all but what it and those after it declare to write."""
    shutil.rmtree(inputs, ignore_errors=True)
    inputs.mkdir(parents=True)
    artifacts = project.runs / version / "artifacts"
    later = [name for stage in project.stages[project.stages.index(chosen) :] for name in stage.writes]
    for path in sorted(path for path in artifacts.rglob("*") if path.is_file()):
        name = path.relative_to(artifacts).as_posix()
        if not any(name == written or (written.endswith("/") and name.startswith(written)) for written in later):
            (inputs / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, inputs / name)  # the bytes alone: archived files are read-only


def _moved(project: Project, given: dict, inputs: Path, folder: Path) -> dict:
    """The run's parameters; paths, which were relative to `notebooks/`, lead to the same places from `folder`."""
    places = {"run_dir": inputs, "runs_dir": project.runs}
    places |= {name: project.notebooks / given[name] for name in ("config",) if given.get(name)}
    # Resolved first: `..` means the real parent, also where the archive is a link to another disk.
    found = {name: os.path.relpath(path.resolve(), folder.resolve()) for name, path in places.items() if name in given}
    found = {name: Path(path).as_posix() for name, path in found.items()}
    if given.get("data"):
        data = moved(given["data"], lambda path: (project.notebooks / path).resolve())
        found["data"] = relative_to(data, folder.resolve())
    return {**given, **found}


def _with_parameters(source: Path, given: dict) -> str:
    """The notebook without outputs, its parameters set in a cell after the declared ones, as papermill does it."""
    notebook = read_json(source)
    cells = [cell for cell in notebook["cells"] if INJECTED not in cell["metadata"].get("tags", [])]
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    if given:
        declared = [n for n, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", [])]
        cells.insert(declared[0] + 1 if declared else 0, _injected(given, "id" in cells[0]))
    return json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False) + "\n"


def _injected(given: dict, with_id: bool) -> dict:
    for name in given:
        if not name.isidentifier():  # it becomes code, and parameters.json may be anybody's
            raise ConfigError(f"parameter {name[:40]!r}: no name of Python. Cure: python pipeline.py verify.")
    lines = "".join(f"\n{name} = {value!r}" for name, value in given.items())
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": [INJECTED]},
        "outputs": [],
        "source": f"# Parameters of the run{lines}",
    }
    return {**cell, "id": secrets.token_hex(4)} if with_id else cell


def _notes(project: Project, manifest: dict, chosen: Stage) -> tuple[str, ...]:
    """What the copy takes as it is now, and is no longer as it was in the run."""
    notes = []
    was = (manifest["code"].get("notebooks") or {}).get(chosen.name)
    if was and was != digest_notebook(chosen.notebook(project.notebooks)):
        notes.append(f"notebooks/{chosen.name}.ipynb has changed since that run; this is how it is now")
    config = manifest["parameters"].get(chosen.name, {}).get("config")
    archived = project.runs / manifest["version"] / "config.toml"
    if config and archived.is_file() and not _same_bytes(project.notebooks / config, archived):
        notes.append(f"{Path(config).name} has changed since that run; this reads it as it is now")
    return tuple(notes)


def _same_bytes(path: Path, other: Path) -> bool:
    return path.is_file() and path.read_bytes() == other.read_bytes()
