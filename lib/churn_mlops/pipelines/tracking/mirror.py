"""The models of a dataset in the model registry of an MLflow server: a copy, made from the audit log and the pointers.

The registered model bears the dataset's name; each version has its run, its state as a tag, and the aliases `champion`
and `shadow` where the pointers lead to it. It is brought to how things stand now, whatever was missed before.
"""

from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import locked
from churn_mlops.pipelines.tracking.record import VERSION, read_record, shortened
from churn_mlops.pipelines.tracking.server import find_run, publish
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.ledger import last_move
from churn_mlops.registry.models import Model, replay
from churn_mlops.registry.pointer import CHAMPION, SHADOW, registry_folder

STATE = "churn.state"
POINTERS = (CHAMPION, SHADOW)  # which are the aliases, too


@dataclass(frozen=True)
class Standing:
    """How things stand in the archive: the models by version, and where the pointers lead."""

    dataset: str
    models: dict[str, Model]
    pointers: dict[str, str | None]

    def wanted(self, version: str = "") -> list[str]:
        """The versions that must be there: those that serve or shadow, and one that a run has just made for good."""
        model = self.models.get(version)
        new = [version] if model and model.digest and not model.facts.get("experiment") else []
        return list(dict.fromkeys([*filter(None, self.pointers.values()), *new]))


def read_standing(runs: Path, dataset: str) -> Standing:
    """By the audit log; raises AuditDamaged where that is not as it was written, for then nothing is told from it."""
    records = read_log(registry_folder(runs, dataset))
    moves = {name: last_move(records, name) for name in POINTERS}
    return Standing(dataset, replay(records), {name: move.version if move else None for name, move in moves.items()})


def mirror(client, runs: Path, dataset: str, deadline: float, version: str = "") -> list[str]:
    """Bring the server's registry to how things stand here; returns what could not be brought there.

    One process of an archive at a time, so that no older standing is written over a newer one. `deadline` is for the
    trials of a run that the server does not have yet.
    """
    with locked(Path(runs) / ".cache" / f"mlflow-{dataset}.lock"):
        standing = read_standing(runs, dataset)
        wanted = standing.wanted(version)
        known = known_versions(client, dataset)
        if wanted and not known:
            _make_model(client, dataset)
        missing = []
        for name in wanted:
            if name not in known and not _register(client, Path(runs), standing, name, known, deadline):
                missing.append(name)
        _tag(client, standing, known)
        _point(client, standing, known)
        return [f"{name}: its run is gone from the archive and not on the server" for name in missing]


def known_versions(client, dataset: str) -> dict:
    """The server's model versions of a dataset, by our version; the newest where one is there twice."""
    found = client.search_model_versions(f"name = '{dataset}'")
    ours = [one for one in found if VERSION in one.tags]
    return {one.tags[VERSION]: one for one in sorted(ours, key=lambda one: int(one.version))}


def _make_model(client, dataset: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(dataset)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _register(client, runs: Path, standing: Standing, version: str, known: dict, deadline: float) -> bool:
    """Make a model version of a run, which is sent first where the server has not got it."""
    run = find_run(client, standing.dataset, version)
    if run is None and not (runs / version / "manifest.json").is_file():
        return False
    run = run or publish(client, read_record(runs / version), deadline)["run"]
    model = standing.models[version]
    tags = {
        VERSION: version,
        STATE: state_of(model),
        "churn.model_digest": model.digest,
        "churn.data_version": (model.facts.get("data") or {}).get("version"),
        "churn.author": model.author,
        "churn.seal": model.facts.get("seal"),
    }
    source = f"{client.get_run(run).info.artifact_uri}/model"
    told = {name: shortened(value) for name, value in tags.items() if value}
    known[version] = client.create_model_version(standing.dataset, source, run, told, await_creation_for=0)
    return True


def state_of(model: Model) -> str:
    """What the tag says."""
    return "deleted" if model.deleted else model.state


def _tag(client, standing: Standing, known: dict) -> None:
    for version, there in known.items():
        model = standing.models.get(version)
        if model and there.tags.get(STATE) != state_of(model):
            client.set_model_version_tag(standing.dataset, there.version, STATE, state_of(model))


def _point(client, standing: Standing, known: dict) -> None:
    """Let each alias lead where the pointer leads; where that is not on the server, nowhere."""
    if not known:
        return
    now = {name: str(number) for name, number in client.get_registered_model(standing.dataset).aliases.items()}
    for name in POINTERS:
        there = known.get(standing.pointers[name])
        if there and now.get(name) != str(there.version):
            client.set_registered_model_alias(standing.dataset, name, there.version)
        elif not there and name in now:
            client.delete_registered_model_alias(standing.dataset, name)
