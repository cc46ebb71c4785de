"""What exactly was changed in a file of a version that is not as it was published: which parameter, which source."""

import json
from contextlib import suppress
from pathlib import Path

from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.differences.values import changed_values
from churn_mlops.pipelines.reproducing.source import SOURCE, changed_in, read_source

PARAMETERS = "parameters.json"


def name_changes(runs: Path, version: str, files: set[str]) -> list[str]:
    """Sentences about those of these files that can be looked into; the manifest is what they are held against."""
    folder, found = Path(runs) / version, []
    with suppress(ChurnError, OSError, ValueError, KeyError, TypeError, AttributeError):
        if PARAMETERS in files:
            given = json.loads((folder / PARAMETERS).read_text(encoding="utf-8"))
            found += _parameters(read_manifest(runs, version)["parameters"], given)
        if SOURCE in files:
            found += [
                f"in it, `{name}` is not what its list says" for name in changed_in(*read_source(folder / SOURCE))
            ]
    return found


def _parameters(recorded: dict, given: dict) -> list[str]:
    changes = [(stage, entry) for stage in recorded for entry in changed_values(recorded[stage], given.get(stage, {}))]
    return [
        f"the parameter {stage.split('_', 1)[-1]}.{entry['name']} was {entry['a']!r} and is {entry['b']!r}"
        for stage, entry in changes
    ]
