"""Which model made the list of scores that a run holds: its own, or the champion that it found."""

from pathlib import Path

from churn_mlops.archive.files import read_json

_EXAMPLE, _PROMOTION = "artifacts/example.json", "artifacts/promotion.json"


def scored_by(run: Path, manifest: dict) -> tuple[str | None, str]:
    """Digest of the model that made a run's list, and the version that it is of where no registry knows it.

    The list is of the model that was to serve after the run.
    """
    own, promotion = (manifest.get("model") or {}).get("digest"), _json(run / _PROMOTION)
    before = promotion.get("champion_before")
    digest = _json(run / _EXAMPLE).get("digest")
    if digest is None and (promotion.get("promoted") or not before):
        digest = own
    return digest, manifest["version"] if digest == own or not before else before


def _json(path: Path) -> dict:
    try:
        found = read_json(path)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
