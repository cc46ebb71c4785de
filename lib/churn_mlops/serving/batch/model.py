"""The model that scores: a version of the archive, held against its manifest before it is used."""

from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.versions import read_manifest
from churn_mlops.config import Definition
from churn_mlops.data.versions import load_definition
from churn_mlops.errors import ArchiveDamaged, ConfigError
from churn_mlops.models.predictor import DESCRIPTION, MODEL, Predictor, load_predictor
from churn_mlops.serving.batch.coding import with_arrow

USED = ("definition.json", "signature.json", DESCRIPTION, MODEL)


@dataclass(frozen=True)
class Scorer:
    """A published model, with the definition of the data that it was made for."""

    version: str
    predictor: Predictor
    definition: Definition

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return self.definition.dataset.name


def load_scorer(runs: Path, version: str) -> Scorer:
    """The model of a version; raises ConfigError where its run has made none, ArchiveDamaged where a file changed."""
    manifest, folder = read_manifest(Path(runs), version), Path(runs) / version / "artifacts"
    if manifest.get("status") != "succeeded":
        seen = f"its run is `{manifest.get('status')}`, and only a succeeded one has a model that was judged"
        raise ConfigError(f"version {version}: {seen}. Cure: python pipeline.py models names those that have.")
    for name in USED:
        _check(folder / name, manifest["files"].get(f"artifacts/{name}", {}).get("sha256", "none"))
    predictor = load_predictor(folder)
    return Scorer(version, replace(predictor, model=with_arrow(predictor.model)), load_definition(str(folder)))


def _check(path: Path, expected: str) -> None:
    found = digest_file(path) if path.is_file() else "absent"
    if found != expected:
        rule, seen = f"the manifest says digest {expected[:12]}", f"found {found[:12]}"
        raise ArchiveDamaged(path, rule, seen, "python pipeline.py verify; score with another version")
