"""Calls with a key: who calls again by the same one, after a kill or for a lost answer, does nothing twice.

The key stands in what a call publishes: the manifest of a run, the decision about retraining, the list of scores.
"""

import json
from contextlib import suppress
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json
from churn_mlops.archive.versions import MANIFEST, read_manifest, versions
from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.registering import RETRAINING

KEY = "call_key"  # its name in all of these
LONGEST = 100


def check_key(key: str) -> str:
    """The key; raises ConfigError for one that is no plain line."""
    if len(key) > LONGEST or not key.isprintable():
        raise ConfigError(
            f"--call-key {key[:40]!r}: expected one line of at most {LONGEST} characters. Cure: a shorter one."
        )
    return key


def run_of(runs: Path, dataset: str, key: str) -> str | None:
    """The newest run of a dataset that succeeded and was asked for by this key."""
    sought = json.dumps(key, ensure_ascii=False).encode()
    for version in versions(runs) if key else ():
        with suppress(OSError, ValueError, ConfigError):
            if sought not in (Path(runs) / version / MANIFEST).read_bytes():
                continue
            manifest = read_manifest(runs, version)
            if manifest.get(KEY) == key and manifest["dataset"] == dataset and manifest["status"] == "succeeded":
                return version
    return None


def decision_of(runs: Path, dataset: str, key: str) -> dict | None:
    """The facts of the decision about retraining that is on record by this key."""
    records = read_log(registry_folder(runs, dataset)) if key else []
    found = (record.facts for record in reversed(records) if record.kind == RETRAINING)
    return next((facts for facts in found if facts.get(KEY) == key), None)


def scores_of(output: Path, key: str) -> dict | None:
    """What a list of scores says of itself, where it was asked for by this key and is whole."""
    output = Path(output).resolve()
    if not (key and output.is_file()):
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = _told(output)
        if told.get(KEY) == key:
            _clear_up(output)
            return told
    return None


def _clear_up(output: Path) -> None:
    """Remove the parts that a kill has left beside a finished list, unless somebody makes another of that name."""
    from churn_mlops.serving.batch.parts import open_parts, parts_folder

    if parts_folder(output).exists():
        with suppress(ConfigError), open_parts(output, {}):
            pass


def _told(output: Path) -> dict:
    from churn_mlops.serving.batch.ordering import CSV, TOLD, companion

    if output.suffix.lower() in CSV:
        told = read_json(companion(output))
        return told if told["sha256"] == digest_file(output) else {}
    import pyarrow.parquet as pq

    return json.loads(pq.read_metadata(output).metadata[TOLD.encode()])
