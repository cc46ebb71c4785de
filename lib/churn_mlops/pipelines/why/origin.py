"""What a prediction came of: the model, its run, its training, its data, and the people who let it serve."""

from pathlib import Path

from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.why.training import MODEL, training_cell
from churn_mlops.registry.audit.log import LOG, scan
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.champion import check_run
from churn_mlops.registry.models import APPROVAL, Model, replay
from churn_mlops.registry.pointer import registry_folder


def describe_origin(runs: Path, dataset: str, version: str, digest: str | None) -> dict:
    """All that is known of the model with this digest, by the registry's word where it knows one, else of a version.

    `links` are paths from the archive, each to something that is there.
    """
    log = scan(registry_folder(runs, dataset))
    models = replay(log.records)
    version = _made_in(models, version, digest)
    manifest, model = _manifest(runs, version), models.get(version)
    trained = training_cell(runs / version, manifest)
    data = manifest.get("data") or {}
    return {
        "model": _model(runs, dataset, version, digest, manifest, model),
        "trained": trained,
        "data": {name: data.get(name) for name in ("source", "version", "oldest", "newest", "rows")},
        **_people(log.records, version, model),
        "audit_log_sound": not log.flaws,
        "links": links(runs, _places(dataset, version, manifest, trained)),
    }


def _made_in(models: dict[str, Model], version: str, digest: str | None) -> str:
    """The version by which a model is on record: of several with this very file the one that has served."""
    same = {name: model for name, model in models.items() if digest and model.digest == digest}
    served = [name for name, model in same.items() if model.moved]
    if version in served or not same:
        return version
    return served[-1] if served else version if version in same else next(iter(same))


def _manifest(runs: Path, version: str) -> dict:
    """The manifest of a run, empty but for its id where the run is gone."""
    try:
        return read_manifest(runs, version)
    except (ChurnError, OSError, ValueError):
        return {"version": version}


def _model(runs: Path, dataset: str, version: str, digest: str | None, manifest: dict, model: Model | None) -> dict:
    described = manifest.get("model") or {}
    return {
        "version": version,
        "digest": digest or described.get("digest"),
        "name": described.get("name"),
        "state": model.state if model else None,
        "author": manifest.get("author") or (model and model.author),
        "finished": manifest.get("finished"),
        "there": "dataset" in manifest,
        "as_registered": _is_as_registered(runs, dataset, version, digest or described.get("digest")),
    }


def _is_as_registered(runs: Path, dataset: str, version: str, digest: str | None) -> bool:
    """Whether the archive has the very file."""
    try:
        check_run(runs, dataset, version, str(digest))
    except (ChurnError, OSError, ValueError):
        return False
    return True


def _people(records: list[Record], version: str, model: Model | None) -> dict:
    """Who approved the model and who let it serve, also where that was taken back since."""
    approvals = [r for r in records if r.kind == APPROVAL and r.facts.get("version") == version]
    return {"approved": [_act(r) for r in approvals], "promoted": [_act(r) for r in (model.moved if model else [])]}


def _act(record: Record) -> dict:
    return {
        "by": record.by,
        "at": record.at,
        "kind": record.kind,
        "reason": record.facts.get("reason") or None,
        "policy": record.facts.get("policy"),
        "record": record.n,
        "signed": record.signature is not None,
    }


def _places(dataset: str, version: str, manifest: dict, trained: dict | None) -> dict[str, str]:
    """Where all this stands in the archive."""
    places = {
        "model run": f"{version}/index.html#made-from",
        "model card": f"{version}/model_card.html",
        "model": f"{version}/artifacts/{MODEL}",
        "definition": f"{version}/config.toml",
        "data version": f"{version}/artifacts/data_version.json",
        "audit log": f"registry/{dataset}/{LOG}",
    }
    if trained:
        cell = f"#cell-{trained['cell']}" if trained["cell"] else ""
        places["training cell"] = f"{version}/pages/{trained['stage']}.html{cell}"
        places["training notebook"] = f"{version}/notebooks/{trained['stage']}.ipynb"
    tables = ((manifest.get("data") or {}).get("tables") or {}).items()
    return places | {f"table {name}": f"{version}/artifacts/{table.get('file')}" for name, table in tables}


def links(runs: Path, places: dict[str, str]) -> dict[str, str]:
    """Those of the places that are there."""
    return {name: place for name, place in places.items() if (runs / place.partition("#")[0]).is_file()}
