"""Reproductions on record: that a version was made again from the archive, where, and with which verdict."""

from pathlib import Path

from churn_mlops.archive.seal import SEAL
from churn_mlops.archive.versions import MANIFEST
from churn_mlops.errors import ArchiveDamaged, RegistryError
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.models import REPRODUCTION, replay
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.registering import RUN, record_runs

IDENTICAL = "identical"


def record_reproduction(runs: Path, dataset: str, facts: dict) -> Record:
    """Put a verdict on record, by whoever asked for it; `facts` name version, verdict, digest of the model and seal."""
    record_runs(runs, dataset)
    with open_ledger(runs, dataset) as ledger:
        return ledger.add([(REPRODUCTION, facts)])[-1]


def check_registered(runs: Path, manifest: dict) -> None:
    """Raise ArchiveDamaged for a manifest other than the one that was put on record when the run was published."""
    seals = [
        record.facts.get("seal")
        for record in read_log(registry_folder(runs, manifest["dataset"]))
        if record.kind == RUN and record.facts.get("version") == manifest["version"]
    ]
    if seals and manifest.get(SEAL) != seals[-1]:
        raise ArchiveDamaged(
            f"{manifest['version']}/{MANIFEST}",
            "it is the one that the audit log has on record",
            "it was sealed anew after the run was published",
            "do not use this version; take it from a copy of the archive",
        )


def check_trusted(runs: Path, manifest: dict) -> None:
    """Raise RegistryError for a version from elsewhere that nobody known here vouches for: its code would run."""
    version = manifest["version"]
    model = replay(read_log(registry_folder(runs, manifest["dataset"]))).get(version)
    if model and model.foreign:
        raise RegistryError(
            f"{version}: it was imported by {model.importer}, and no key of [policy.keys] has signed it. To make it "
            "again is to run its notebooks and its library here. Cure: look into its source.tar, then --trust."
        )


def reproductions(records: list[Record]) -> list[Record]:
    """Those that came out identical, oldest first."""
    return [record for record in records if record.kind == REPRODUCTION and record.facts.get("verdict") == IDENTICAL]
