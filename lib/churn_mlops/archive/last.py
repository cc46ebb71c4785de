"""The data of the last run: what the present one is compared with."""

from contextlib import suppress
from pathlib import Path

from churn_mlops.archive import moment
from churn_mlops.archive.versions import read_manifest, versions


def last_data(runs: Path, dataset: str) -> dict | None:
    """Version of the data and rows of the dataset's newest run that succeeded; None before the first.

    Experiments do not count, for they may look at the data in another way.
    """
    told = moment.told()
    if moment.LAST_DATA in told:
        return told[moment.LAST_DATA]
    for version in versions(runs):
        with suppress(OSError, ValueError, KeyError, TypeError):
            manifest = read_manifest(runs, version)
            if manifest["dataset"] == dataset and manifest["status"] == "succeeded" and not manifest.get("experiment"):
                return {"version": manifest["data"]["version"], "rows": manifest["data"]["rows"]}
    return None
