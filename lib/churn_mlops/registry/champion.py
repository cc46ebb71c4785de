"""The champion: which version serves a dataset, moved by compare-and-swap so that no writer is lost.

`runs/registry/<dataset>/champion.json` is where it stands, `audit.jsonl` and `history.jsonl` beside it how
it came there.
"""

from collections.abc import Callable
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ConfigError, GenerationMoved, PromotionRefused, RegistryError
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.pointer import (
    CHAMPION,
    HISTORY,
    LOCK,
    POINTER,
    Champion,
    check_not_put_back,
    read_past,
    read_pointer,
    registry_folder,
    safe,
)

__all__ = [
    "HISTORY",
    "LOCK",
    "MODEL",
    "POINTER",
    "Champion",
    "GenerationMoved",
    "PromotionRefused",
    "RegistryError",
    "check_pointer",
    "check_run",
    "promote",
    "read_champion",
    "read_history",
    "registry_folder",
]
MODEL = "artifacts/model.skops"
PROMOTION, ROLLBACK = "promotion", "rollback"  # kinds of records that move the champion


def read_champion(runs: Path, dataset: str) -> Champion | None:
    """The champion of a dataset, or None before the first promotion; raises RegistryError when it is damaged."""
    return read_pointer(registry_folder(runs, dataset), CHAMPION)


def read_history(runs: Path, dataset: str) -> list[Champion]:
    """All promotions, oldest first; the last one is the champion."""
    known, current = read_past(registry_folder(runs, dataset)), read_champion(runs, dataset)
    if current and (not known or known[-1].generation < current.generation):  # a kill has come between the two files
        known.append(current)
    return known


def promote(
    runs: Path,
    dataset: str,
    version: str,
    digest: str,
    expected_generation: int,
    now: str | None = None,
    *,
    kind: str = PROMOTION,
    by: str | None = None,
    permit: Callable[[list[Record]], dict] | None = None,
) -> Champion:
    """Make a published version the champion, if the pointer is still at `expected_generation` (0: none yet).

    `permit` is asked while nobody else writes: it gets the records of the log, and gives the facts for the new one or
    raises. Raises GenerationMoved when another promotion came first; PromotionRefused when the run is absent,
    did not succeed, belongs to another dataset, or its model file is not the one with `digest`;
    RegistryError when pointer, history and log contradict each other. Nothing is changed then.
    """
    with open_ledger(runs, dataset) as ledger:
        current = ledger.pointer()
        generation = current.generation if current else 0
        if generation != expected_generation:
            raise GenerationMoved(dataset, version, expected_generation, generation)
        check_run(Path(runs), dataset, version, digest)
        facts = permit(ledger.records) if permit else {}
        return ledger.move(CHAMPION, kind, version, digest, facts, by, now)


def check_run(runs: Path, dataset: str, version: str, digest: str) -> None:
    """Only a published, succeeded run of this dataset with exactly this model file may serve."""

    def refuse(reason, cure):
        raise PromotionRefused(dataset, version, reason, cure)

    manifest = _manifest(runs, dataset, version)
    if manifest.get("version", version) != version:
        refuse(f"its manifest describes version {manifest['version']}", "name the version itself")
    if manifest.get("status") != "succeeded":
        refuse(f"its run is `{manifest.get('status')}`, not succeeded", "run the pipeline again")
    if manifest.get("dataset", dataset) != dataset:
        refuse(f"it was made for dataset `{manifest['dataset']}`", "promote it there")
    model = runs / version / MODEL
    found = digest_file(model) if model.is_file() else "absent"
    if found != digest:
        refuse(f"{MODEL} has digest {found[:12]}, expected {digest[:12]}", "do not use it; run the pipeline again")


def _manifest(runs: Path, dataset: str, version: str) -> dict:
    safe("version", version)
    try:
        return read_manifest(runs, version)
    except ConfigError as error:
        raise PromotionRefused(dataset, version, "no such run", "python pipeline.py runs") from error
    except ValueError as error:
        raise PromotionRefused(dataset, version, "its manifest is no JSON", "run the pipeline again") from error


def check_pointer(runs: Path, dataset: str) -> None:
    """Raises RegistryError when the history knows a newer champion than the pointer names."""
    check_not_put_back(registry_folder(runs, dataset), read_champion(runs, dataset))
