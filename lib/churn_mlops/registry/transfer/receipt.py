"""What is known of a version that came from elsewhere, written down before it appears.

`runs/registry/<dataset>/imports/<version>.json` holds what goes on record about it. So an import that is killed once
the version is there is put on record by whoever writes next, as an import and never as a run of this archive.
"""

from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.archive.parsing import understood
from churn_mlops.registry.pointer import registry_folder, safe

IMPORTS = "imports"
SCHEMA = 1  # of a receipt


def write_receipt(runs: Path, dataset: str, version: str, facts: dict, lines: list[str]) -> None:
    """Keep what goes on record about a version, and the origin's own records about it."""
    write_json(_path(runs, dataset, version), {"schema": SCHEMA, "facts": facts, "records": lines})


def read_receipt(runs: Path, dataset: str, version: str, seal: str | None) -> dict | None:
    """The facts about a version of this seal that came from elsewhere; None for one that was made here."""
    path = _path(runs, dataset, version)
    if not path.is_file():
        return None
    with understood(path, "expected the receipt of an import"):
        facts = read_json(path)["facts"]
        return facts if facts["seal"] == seal else None


def _path(runs: Path, dataset: str, version: str) -> Path:
    return registry_folder(runs, dataset) / IMPORTS / f"{safe('version', version)}.json"
