"""The runs of each dataset that its status is told from, found from the newest back, and no further than needed."""

from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.manifests import manifests
from churn_mlops.registry.auditing import audited_datasets
from churn_mlops.reports.verdicts import state


@dataclass
class Seen:
    """The newest runs of a dataset, as manifests. Experiments, and so the runs of grids, are none of them."""

    last: dict | None = None  # whatever became of it
    whole: dict | None = None  # that succeeded in all stages
    watched: dict | None = None  # that came as far as monitoring

    @property
    def complete(self) -> bool:
        """Whether older runs have nothing to add."""
        return bool(self.last and self.whole and self.watched)

    def look(self, manifest: dict) -> None:
        """Take note of a run; newer ones come first."""
        if manifest.get("experiment"):
            return
        if manifest.get("kind") != "monitor" or state(manifest) == "failed":  # a look is no run that anything came of
            self.last = self.last or manifest
        if state(manifest) == "succeeded":
            self.whole = self.whole or manifest
        if manifest.get("alerts") is not None:
            self.watched = self.watched or manifest


def look_back(runs: Path, dataset: str = "") -> dict[str, Seen]:
    """What the archive has of each dataset, or of one, that with the newest run first."""
    wanted, seen = {dataset} if dataset else set(audited_datasets(runs)), {}
    for manifest in manifests(runs):
        name = manifest["dataset"]
        if not dataset or name == dataset:
            seen.setdefault(name, Seen()).look(manifest)
        if wanted and wanted <= seen.keys() and all(one.complete for one in seen.values()):
            break
    return seen
