"""The seal of a manifest: the digest of all its other names and values, so that it vouches for itself too."""

import json

from churn_mlops.archive.digest import digest_json

SEAL = "seal"


def seal(manifest: dict) -> dict:
    """The manifest with its seal."""
    return {**manifest, SEAL: _digest(manifest)}


def is_sealed(manifest: dict) -> bool:
    """Whether nothing in the manifest has changed since it was sealed."""
    return manifest.get(SEAL) == _digest(manifest)


def _digest(manifest: dict) -> str:
    """Over what a reader of the file gets: texts as names, lists for tuples."""
    return digest_json(json.loads(json.dumps({name: value for name, value in manifest.items() if name != SEAL})))
