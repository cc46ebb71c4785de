"""The data of the last run: what the present one is compared with."""

from contextlib import suppress
from pathlib import Path

from churn_mlops.archive import moment
from churn_mlops.archive.versions import read_manifest, versions


def last_data(runs: Path, dataset: str) -> dict | None:
    """Version of the data and rows of the dataset's newest run that succeeded; None before the first.

    Experiments do not count, for they may look at the data in another way; nor does `monitor` with other data than
    the last run's, which is a look at something else.
    """
    told = moment.told()
    if moment.LAST_DATA in told:
        return told[moment.LAST_DATA]
    looks = []
    for version in versions(runs):
        with suppress(OSError, ValueError, KeyError, TypeError):
            manifest = read_manifest(runs, version)
            found = {"version": manifest["data"]["version"], "rows": manifest["data"]["rows"]}
            if manifest["dataset"] != dataset or manifest["status"] != "succeeded" or manifest.get("experiment"):
                continue
            if manifest.get("kind") != "monitor":
                return next((look for place, look in looks if place == _place(manifest)), found)
            looks.append((_place(manifest), found))
    return None


def _place(manifest: dict) -> str:
    """What `--data` was; empty where the definition's source was read."""
    given = (manifest.get("parameters") or {}).values()
    return next((values["data"] for values in given if isinstance(values, dict) and values.get("data")), "")
