"""From a pointer or a folder to a model that may answer: verified, held against itself and its stored example."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from churn_mlops.archive.files import read_json
from churn_mlops.archive.verify import verify_files
from churn_mlops.archive.versions import read_manifest
from churn_mlops.data.versions import load_definition
from churn_mlops.errors import ArchiveDamaged, CheckError, DataError
from churn_mlops.features.signature import conform
from churn_mlops.models.predictor import DESCRIPTION, MODEL, load_predictor
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.champion import check_run
from churn_mlops.registry.models import people, replay
from churn_mlops.registry.pointer import Champion, registry_folder
from churn_mlops.serving.answering import Answering, make_answering, make_plain
from churn_mlops.serving.asked import BadRequest
from churn_mlops.serving.fast import TOLERANCE, check_parity

EXAMPLE, ACTIVE = "example.json", "active.parquet"
USED = tuple(f"artifacts/{name}" for name in (MODEL, DESCRIPTION, "signature.json", "definition.json", EXAMPLE))
STORED = 256  # rows of the active customers that both ways of predicting are held against


@dataclass(frozen=True)
class Loaded:
    """A verified model, which pointer led to it, and what is known of it."""

    answering: Answering
    dataset: str
    version: str
    generation: int  # of the pointer; 0 where none led here
    since: str | None  # moment from which it serves
    example: dict  # request, probability; null where the run had nobody to score
    facts: dict  # what GET /model says beside the above

    @property
    def digest(self) -> str:
        """SHA-256 of the model file."""
        return self.answering.predictor.digest

    def check_example(self) -> None:
        """Raise CheckError where the stored example does not get its stored answer."""
        if self.example["request"] is None:
            return
        found = answer_example(self.answering, self.example["request"])
        if not abs(found - self.example["probability"]) <= TOLERANCE:
            raise CheckError(
                f"{self.version}: its stored example gets the probability {found!r}, and should get "
                f"{self.example['probability']!r}. It must not serve. Cure: python pipeline.py verify {self.version}."
            )


def answer_example(answering: Answering, request: dict) -> float:
    """The probability of the stored request; raises CheckError where it cannot even be read."""
    try:
        return answering.probability(answering.reader.read(request).values)
    except BadRequest as error:
        raise CheckError(f"the stored example is no request: {error}. Cure: run the pipeline again.") from error


def load_pointed(runs: Path, pointer: Champion) -> Loaded:
    """The model that a pointer leads to. Raises a ChurnError for one that must not be taken.

    Its manifest and the files that are used are as they were published; compiled, it says what it says itself.
    """
    runs, version = Path(runs), pointer.version
    check_run(runs, pointer.dataset, version, pointer.digest)
    if problems := verify_files(runs, version, USED):
        first = problems[0]
        raise ArchiveDamaged(first.file, first.rule, first.seen, first.cure)
    artifacts = runs / version / "artifacts"
    manifest, records = read_manifest(runs, version), read_log(registry_folder(runs, pointer.dataset))
    facts = {**_of_run(manifest), **_of_log(replay(records).get(version))}
    return _load(artifacts, pointer.dataset, version, pointer.generation, pointer.since, facts)


def load_folder(artifacts: Path) -> Loaded:
    """The model in the artifacts of a run that is going on, which no pointer leads to yet."""
    definition = load_definition(str(artifacts))
    return _load(Path(artifacts), definition.dataset.name, "this run", 0, None, {})


def _load(artifacts: Path, dataset, version, generation, since, facts) -> Loaded:
    predictor, definition = load_predictor(artifacts), load_definition(str(artifacts))
    answering = make_answering(predictor, definition)
    stored = conform(_first_rows(artifacts / ACTIVE), predictor.signature)
    gap = check_parity(answering.probability, predictor, stored)
    if gap > TOLERANCE:
        why = f"compiled, it differed from the model's own predict by {gap:.3g}"
        answering = make_plain(predictor, definition, answering.reader, why)
    loaded = Loaded(answering, dataset, version, generation, since, _example(artifacts, predictor.digest), facts)
    loaded.check_example()
    return loaded


def _example(artifacts: Path, digest: str) -> dict:
    """The stored example, where it is one of this model; runs from before had that of the champion of their day."""
    path = artifacts / EXAMPLE
    example = read_json(path) if path.is_file() else {}
    return example if example.get("digest") == digest else {"request": None, "probability": None}


def _first_rows(path: Path) -> pd.DataFrame:
    """The first of the customers to score, without reading the others."""
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            found = next(file.iter_batches(STORED), None)
            return (file.schema_arrow.empty_table() if found is None else found).to_pandas()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error}). Cure: take the version from a copy of the archive."
        ) from None


def _of_run(manifest: dict) -> dict:
    data = manifest.get("data") or {}
    model = manifest.get("model") or {}
    return {
        "name": model.get("name"),
        "author": manifest.get("author"),
        "trained": manifest.get("finished"),
        "data": {name: data.get(name) for name in ("source", "version", "oldest", "newest", "rows")},
    }


def _of_log(model) -> dict:
    """Who has approved it, and who let it serve."""
    if model is None:
        return {"approved_by": [], "promoted_by": None}
    return {"approved_by": people(model.approvals), "promoted_by": model.moved[-1].by if model.moved else None}
