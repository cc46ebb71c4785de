"""The folder that ships: made beside its place, verified, and renamed into it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import make_folder, part_name, read_json, write_json, write_text
from churn_mlops.archive.store import keep
from churn_mlops.archive.versions import STORE, read_manifest
from churn_mlops.errors import ActRefused, CheckError, ConfigError
from churn_mlops.pipelines.packaging.lock import trimmed_lock
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.champion import read_champion, registry_folder
from churn_mlops.registry.verify import verify

EXTRAS = ("serve", "postgres", "signing")
TEMPLATES = Path(__file__).parent / "templates"
PROJECT, EXAMPLE = "project", "example_request.json"
RECORDS = ("champion.json", "history.jsonl", "audit.jsonl")


def make_package(project: Project, version: str, dataset: str, into: Path) -> dict:
    """Put the champion and all that it needs to serve into a folder; returns what stands in its package.json.

    Raises ActRefused for a version that does not serve, CheckError for one that is not what it was when it was
    published, ConfigError where the folder cannot be made.
    """
    champion = read_champion(project.runs, dataset)
    if champion is None or champion.version != version:
        now = f"the champion of {dataset} is {champion.version}" if champion else f"{dataset} has no champion"
        raise ActRefused("packaging", version, f"it does not serve: {now}", f"python pipeline.py promote {version}")
    _check_free(into)
    make_folder(into.parent)
    part = part_name(into)
    try:
        part.mkdir()
        described = _fill(part, project, version, dataset)
        part.rename(into)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return described


def _check_free(into: Path) -> None:
    if into.exists():
        raise ConfigError(f"--into {into}: is there already. Cure: remove it, or name another folder.")


def _fill(folder: Path, project: Project, version: str, dataset: str) -> dict:
    wheel = _build_wheel(project.root, folder)
    write_text(folder / "requirements.lock", trimmed_lock(project.root, EXTRAS))
    _copy_project(project, folder / PROJECT)
    _copy_archive(project.runs, folder / PROJECT / "runs", version, dataset)
    artifacts = folder / PROJECT / "runs" / version / "artifacts"
    shutil.copyfile(artifacts / "signature.json", folder / "signature.json")
    write_json(folder / EXAMPLE, read_json(artifacts / "example.json")["request"])
    manifest = read_manifest(project.runs, version)
    told = {"version": version, "dataset": dataset, "digest": manifest["model"]["digest"], "wheel": wheel.name}
    for name, text in _texts(told).items():
        write_text(folder / name, text)
    files = {
        path.relative_to(folder).as_posix(): digest_file(path) for path in sorted(folder.rglob("*")) if _plain(path)
    }
    described = {"schema": 1, **told, "model": manifest["model"]["name"], "files": files}
    write_json(folder / "package.json", described)
    return described


def _plain(path: Path) -> bool:
    return path.is_file() and STORE not in path.parts


def _build_wheel(root: Path, folder: Path) -> Path:
    """The library as a wheel, without the network; the same source gives the same bytes."""
    if not (root / "pyproject.toml").is_file():
        raise ConfigError(f"{root}: no pyproject.toml, by which the wheel is built. Cure: package in the repository.")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ConfigError(
            f"the wheel cannot be built: {lines[-1]}. Cure: pip install 'churn-mlops[dev]', or hatchling."
        )
    return next(folder.glob("*.whl"))


def _copy_project(project: Project, target: Path) -> None:
    """The stages, their notebooks and the dataset definitions: what `serve`, `score` and a retraining begin from."""
    make_folder(target / "notebooks")
    make_folder(target / "configs")
    shutil.copyfile(project.root / "pipeline.py", target / "pipeline.py")
    for path in (*project.notebooks.glob("*.ipynb"), *(project.root / "configs").glob("*.toml")):
        shutil.copyfile(path, target / path.parent.name / path.name)


def _copy_archive(runs: Path, target: Path, version: str, dataset: str) -> None:
    """The version as the archive has it, the pointer that leads to it and its records; verified where it stands now."""
    shutil.copytree(runs / version, target / version)
    for name, facts in read_manifest(target, version)["files"].items():
        keep(target / STORE, target / version / name, facts["sha256"])
    registry, there = registry_folder(runs, dataset), registry_folder(target, dataset)
    make_folder(there)
    for name in RECORDS:
        if (registry / name).is_file():
            shutil.copyfile(registry / name, there / name)
    if problems := verify(target, version):
        raise CheckError(f"{problems[0]} Nothing was packaged.")


def _texts(told: dict) -> dict[str, str]:
    """The files that are for people and builders, with the names of this package in them."""
    found = {}
    for path in sorted(TEMPLATES.iterdir()):
        text = path.read_text(encoding="utf-8")
        for name, value in told.items():
            text = text.replace(f"@{name}@", json.dumps(value)[1:-1])
        found[".dockerignore" if path.name == "dockerignore" else path.name] = text
    return found
