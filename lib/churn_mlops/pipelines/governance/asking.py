"""Which dataset, model and policy a command means. Light: nothing here may import pandas."""

from pathlib import Path

from churn_mlops.archive.parsing import understood
from churn_mlops.archive.versions import MANIFEST, read_manifest
from churn_mlops.config import Policy, read_policy
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.naming import resolve
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.approval import strictest
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.auditing import audited_datasets
from churn_mlops.registry.models import Model, replay
from churn_mlops.registry.pointer import registry_folder


def chosen_version(runs: Path, text: str) -> tuple[str, str]:
    """Version and dataset of what a user means; raises ConfigError where there is no such version."""
    version = resolve(runs, text)
    with understood(Path(runs) / version / MANIFEST, "expected the manifest of a run"):
        return version, str(read_manifest(runs, version)["dataset"])


def chosen_dataset(runs: Path, dataset: str) -> str:
    """The dataset that is meant: the one given, or the only one there is."""
    known = audited_datasets(runs)
    if dataset and dataset not in known:
        raise ConfigError(f"--dataset {dataset}: no such dataset in the registry. There: {_listed(known)}.")
    if not dataset and len(known) != 1:
        raise ConfigError(f"{len(known)} datasets in the registry: {_listed(known)}. Cure: --dataset NAME.")
    return dataset or known[0]


def _listed(known: list[str]) -> str:
    return ", ".join(known) or "none yet"


def chosen_datasets(runs: Path, dataset: str) -> list[str]:
    """The dataset given, or all of them."""
    return [chosen_dataset(runs, dataset)] if dataset else audited_datasets(runs)


def known_model(runs: Path, text: str) -> Model:
    """The model that a user means, also one that is gone; raises ConfigError where there is none."""
    for dataset in audited_datasets(runs):
        models = replay(read_log(registry_folder(runs, dataset)))
        if text in models:
            return models[text]
    version, dataset = chosen_version(runs, text)
    found = replay(read_log(registry_folder(runs, dataset))).get(version)
    if found is None:
        raise ConfigError(f"{version}: its run has registered no model. Cure: python pipeline.py models lists them.")
    return found


def policy_of(project: Project, dataset: str, version: str | None = None) -> Policy:
    """The policy of a dataset: the strictest of its definitions in configs/ and of the one its run was made with.

    Of a run that was imported the keys do not count: with it, anybody could bring in his own.
    """
    found = [read_policy(path, dataset) for path in sorted((project.root / "configs").glob("*.toml"))]
    if version and (archived := project.runs / version / "config.toml").is_file():
        models = replay(read_log(registry_folder(project.runs, dataset)))
        own, model = read_policy(archived, dataset), models.get(version)
        found.append(Policy(own.approval) if own and model and model.importer else own)
    return strictest([policy for policy in found if policy])
