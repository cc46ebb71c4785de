"""Every run on record: that it was, the model it made, the alerts and the retraining decision it left.

A run that was killed between its publication and its registration is put on record by the next one.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from churn_mlops.archive.seal import SEAL
from churn_mlops.archive.versions import read_manifest, read_metrics, versions
from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit.record import Record
from churn_mlops.registry.ledger import Ledger, open_ledger
from churn_mlops.registry.models import DELETION, IMPORT, REGISTRATION
from churn_mlops.registry.transfer.receipt import read_receipt

RUN, ALERT, RETRAINING = "run", "alert", "retraining"  # kinds of records
SIGNATURE = "artifacts/signature.json"
_ALERTS = "alerts.json"  # the artifact that a look leaves
_OF_ALERT = ("name", "severity", "message", "cause", "cure", "money", "since")
# Metrics by which the profit of an evaluation is told for as many customers as a look has seen.
_CUSTOMERS, _TEST_ROWS = "active_rows", "test_rows"
# Of the metrics, what a choice between models is made by; metrics.json has all.
HEADLINES = ("roc_auc", "average_precision", "brier", "calibration_error", "lift_at_10", "profit")


def record_runs(
    runs: Path, dataset: str, by: str | None = None, then: Callable[[Ledger], object] = lambda ledger: None
) -> None:
    """Put every published run of a dataset on record that is not there yet; then do `then`, before others write."""
    with open_ledger(runs, dataset) as ledger:
        manifests = unrecorded(runs, dataset, ledger.records)
        entries = [entry for manifest in manifests for entry in entries_of(runs, manifest)]
        if entries:
            ledger.add(entries, by)
        then(ledger)


def unrecorded(runs: Path, dataset: str, records: Iterable[Record]) -> list[dict]:
    """The manifests of the published runs of a dataset that the log does not know, oldest first."""
    made, imported = _known(records)
    found = []
    for version in reversed(versions(runs)):
        if version not in imported:
            with suppress(ConfigError, OSError, ValueError):  # gone, or one that `verify` complains of
                manifest = read_manifest(runs, version)
                manifest = manifest if isinstance(manifest, dict) and manifest.get("dataset") == dataset else None
                if manifest and (version not in made or read_receipt(runs, dataset, version, manifest.get(SEAL))):
                    found.append(manifest)
    return found


def _known(records: Iterable[Record]) -> tuple[set[str], set[str]]:
    """The versions that were made here, and those that came from elsewhere and have not gone since."""
    made, imported = set(), set()
    for record in records:
        if record.kind == RUN:
            made.add(record.facts["version"])
        elif record.kind == IMPORT:
            imported.add(record.facts["version"])
        elif record.kind == DELETION:
            imported -= set(record.facts["versions"])
    return made, imported


def entries_of(runs: Path, manifest: dict) -> list[tuple[str, dict]]:
    """What a run has to put on record, each a kind and its facts."""
    version = manifest["version"]
    if receipt := read_receipt(runs, manifest["dataset"], version, manifest.get(SEAL)):
        brought = {name: receipt[name] for name in ("importer", "vouched")}
        model = [(REGISTRATION, _describe_model(runs, manifest) | brought)] if has_model(manifest) else []
        return [(IMPORT, receipt), *model]  # what its alerts said is of another place and day
    told = {name: manifest.get(name) for name in ("status", "verdict", "experiment", "author", "started", "finished")}
    look = {"look": _look(manifest), "customers": read_metrics(runs, version).get(_CUSTOMERS)}
    entries = [(RUN, {"version": version, **told, **look, "seal": manifest.get(SEAL)})]
    if has_model(manifest):
        entries.append((REGISTRATION, _describe_model(runs, manifest)))
    for alert in manifest.get("alerts") or []:
        entries.append((ALERT, {"version": version, **{k: alert.get(k) for k in _OF_ALERT}}))
    if manifest.get("retraining"):
        entries.append((RETRAINING, {"version": version, **manifest["retraining"]}))
    return entries


def _look(manifest: dict) -> str | None:
    """The run whose monitoring found what this one tells; None where nothing was looked at."""
    if manifest.get("alerts") is None:
        return None
    made = (s for s in manifest.get("stages") or [] if isinstance(s, dict) and _ALERTS in (s.get("outputs") or {}))
    return next((stage.get("reused_from") for stage in made), None) or manifest["version"]


def has_model(manifest: dict) -> bool:
    """Whether a run succeeded and left a model."""
    model = manifest.get("model")
    return manifest.get("status") == "succeeded" and isinstance(model, dict) and bool(model.get("digest"))


def _describe_model(runs: Path, manifest: dict) -> dict:
    files, data, metrics = (
        manifest.get("files") or {},
        manifest.get("data") or {},
        read_metrics(runs, manifest["version"]),
    )
    return {
        "version": manifest["version"],
        "run": manifest["version"],
        "digest": manifest["model"]["digest"],
        "name": manifest["model"].get("name"),
        "signature": (files.get(SIGNATURE) or {}).get("sha256"),
        "data": {name: data.get(name) for name in ("source", "version", "oldest", "newest", "rows")},
        "metrics": {name: metrics.get(name) for name in HEADLINES if name in metrics},
        "test_rows": metrics.get(_TEST_ROWS),
        "gates": [{name: gate.get(name) for name in ("name", "passed")} for gate in manifest.get("gates") or []],
        "experiment": bool(manifest.get("experiment")),
        "author": manifest.get("author"),
        "seal": manifest.get(SEAL),
    }
