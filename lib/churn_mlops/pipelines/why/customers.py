"""Every prediction of a customer that the archive knows: of the lists that runs have made, and of the service."""

from contextlib import suppress
from pathlib import Path

from churn_mlops.archive.manifests import manifests
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.why.ids import listed
from churn_mlops.pipelines.why.scores import SCORES, read_score
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.scored import scored_by
from churn_mlops.serving.finding import predictions_of


def known_predictions(runs: Path, dataset: str, customer: str) -> list[dict]:
    """Each with id, kind, at, version of the run or the model, probability, decision, and whether the champion made it.

    The lists come first, newest first: they are what is acted on. A list that several runs hold counts once; those of
    experiments do not count.
    """
    champion = read_champion(runs, dataset)
    digest = champion.digest if champion else None
    return [*_of_lists(runs, dataset, customer, digest), *_of_service(runs, dataset, customer, digest)]


def _of_lists(runs: Path, dataset: str, customer: str, champion: str | None):
    seen = set()
    for manifest in manifests(runs):
        file = ((manifest.get("files") or {}).get(SCORES) or {}).get("sha256")
        if manifest["dataset"] != dataset or manifest.get("experiment") or file is None or file in seen:
            continue
        seen.add(file)
        run = runs / manifest["version"]
        with suppress(ConfigError):
            if row := read_score(run, customer):
                made_by, _ = scored_by(run, manifest)
                yield _told(listed(run.name, row["customer"]), "batch", manifest["finished"], run.name, row) | {
                    "champion": champion is not None and made_by == champion
                }


def _of_service(runs: Path, dataset: str, customer: str, champion: str | None):
    for row in predictions_of(runs, dataset, customer):
        told = _told(row["id"], "service", row["at"], row["version"], row)
        yield told | {"champion": champion is not None and row["digest"] == champion}


def _told(id: str, kind: str, at: str, version: str, row: dict) -> dict:
    return {
        "id": id,
        "kind": kind,
        "at": at,
        "version": version,
        "probability": row["probability"],
        "decision": row["decision"],
    }
