"""The manifests of an archive, for who looks back over its runs."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from churn_mlops.archive.versions import read_manifest, versions
from churn_mlops.errors import ConfigError


def manifests(runs: Path) -> Iterator[dict]:
    """Those that can be read, newest first, one at a time: not what `gc` removes at this moment or `verify` names."""
    for version in versions(runs):
        with suppress(ConfigError, OSError, ValueError):
            manifest = read_manifest(runs, version)
            if isinstance(manifest, dict) and manifest.get("dataset"):
                yield manifest
