"""Where results are found again: `runs/.cache/stages/<key>` names the version that holds a stage's result.

It can be lost without harm: stages then run again. What it says is believed only while that version is there.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from churn_mlops.archive.versions import MANIFEST


@dataclass(frozen=True)
class Found:
    """The result of a stage in the archive."""

    version: str  # that executed it
    outputs: dict[str, str]  # path in the artifacts -> digest
    facts: dict = field(default_factory=dict)  # seconds, cells and cells_run, as the manifest has them
    metrics: dict = field(default_factory=dict)


def find(runs: Path, key: str) -> Found | None:
    """The result of the stage with this key, or None when it has to run."""
    try:
        found = Found(**json.loads(_entry(runs, key).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if (runs / found.version / MANIFEST).is_file() else None


def remember(runs: Path, key: str, found: Found) -> None:
    """Let the result be found under this key; the version must have been published."""
    entry = _entry(runs, key)
    entry.parent.mkdir(parents=True, exist_ok=True)
    beside = entry.with_name(f".{key}.{os.getpid()}")
    beside.write_text(json.dumps(asdict(found)), encoding="utf-8")
    beside.replace(entry)


def _entry(runs: Path, key: str) -> Path:
    return Path(runs) / ".cache" / "stages" / key[:2] / key
