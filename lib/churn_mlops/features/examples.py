"""What the later stages load: rows to learn from, rows to judge by, rows to score."""

from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.parsing import understood
from churn_mlops.archive.tables import read_table
from churn_mlops.data.asof import check_known
from churn_mlops.data.versions import load_definition
from churn_mlops.errors import DataError
from churn_mlops.features.signature import Signature, conform


@dataclass(frozen=True)
class Examples:
    """Rows of features with what is known of them; all parts have the same rows in the same order."""

    X: object  # DataFrame, the signature's columns
    customers: object  # Series of ids
    dates: object  # Series of snapshot dates, or None where the data has no time
    y: object = None  # int8 array, 1 where the customer left; None for rows to score
    best_probability: object = None  # the truth, where the data is simulated
    groups: object = None  # Series that names who belongs together: a customer, with doubles under other ids

    def __len__(self) -> int:
        return len(self.X)


def load_signature(run_dir: str) -> Signature:
    """The signature that 02_features has written in this run."""
    path = Path(run_dir) / "signature.json"
    if not path.exists():
        raise DataError(f"{path}: not there yet. Cure: run 02_features first.")
    with understood(path, "expected a signature as 02_features writes it"):
        return Signature.from_json(path.read_text(encoding="utf-8"))


def load_examples(run_dir: str, split: str) -> Examples:
    """The labelled rows of one part of the split: `train` or `test`."""
    labels = read_table(Path(run_dir) / "labels.parquet")
    features = read_table(Path(run_dir) / "features.parquet")
    if len(labels) != len(features):
        raise DataError(
            f"{run_dir}: features.parquet has {len(features):,} rows and labels.parquet {len(labels):,}; expected as "
            "many. Cure: run 02_features again."
        )
    part = (labels["split"] == split).to_numpy()
    labels, features = labels[part].reset_index(drop=True), features[part].reset_index(drop=True)
    truth = labels["best_probability"].to_numpy() if "best_probability" in labels else None
    found = _examples(features, load_signature(run_dir), labels["churned"].to_numpy(), truth, labels.get("group"))
    return _known_in_time(found, run_dir, True, f"labels.parquet, {split}")


def load_active(run_dir: str, signature: Signature | None = None) -> Examples:
    """The customers to score now; what becomes of them is not known. As the model with that signature sees them."""
    found = _examples(read_table(Path(run_dir) / "active.parquet"), signature or load_signature(run_dir))
    return _known_in_time(found, run_dir, False, "active.parquet")


def load_matured(run_dir: str, made: str, signature: Signature) -> Examples:
    """Labelled rows that a model has learned nothing of, as it sees them; `made` is the run that it was trained in.

    The test part of this run, and all from the day on from which the model itself was tested.
    """
    labels = read_table(Path(run_dir) / "labels.parquet")
    part = labels["split"] == "test"
    if signature.snapshot_date:
        own = labels if Path(made) == Path(run_dir) else read_table(Path(made) / "labels.parquet")
        part |= labels[signature.snapshot_date] >= own.loc[own["split"] == "test", signature.snapshot_date].min()
    features = read_table(Path(run_dir) / "features.parquet")[part.to_numpy()].reset_index(drop=True)
    found = _examples(features, signature, labels.loc[part, "churned"].to_numpy())
    return _known_in_time(found, run_dir, True, "labels.parquet, since the model was trained")


def some(examples: Examples, rows: int, seed: int = 0) -> Examples:
    """So many of the examples, drawn at random and always the same ones; all where there are no more."""
    if len(examples) <= rows:
        return examples
    import numpy as np

    drawn = np.sort(np.random.default_rng(seed).choice(len(examples), rows, replace=False))
    return _rows(examples, drawn)


def comparable(examples: Examples, active: Examples, labelled=None) -> Examples:
    """The examples that the active can be held against: without time they have stayed, so must these.

    `labelled` are customers of the table that the active come from, those of the examples where it is the same one.
    """
    labelled = examples.customers if labelled is None else labelled
    if examples.dates is not None or not active.customers.isin(labelled).any():
        return examples
    return _rows(examples, examples.y == 0)


def _rows(examples: Examples, chosen) -> Examples:
    """Some rows of every part; `chosen` is a mask or positions."""
    taken = {
        name: part if part is None else part.iloc[chosen] if hasattr(part, "iloc") else part[chosen]
        for name, part in vars(examples).items()
    }
    return Examples(
        **{n: part.reset_index(drop=True) if hasattr(part, "reset_index") else part for n, part in taken.items()}
    )


def _known_in_time(found: Examples, run_dir: str, labelled: bool, what: str) -> Examples:
    """The examples, once it is sure that none is later than the day which the run looks from."""
    if found.dates is not None:
        check_known(load_definition(run_dir), found.dates, labelled, what)
    return found


def _examples(features, signature: Signature, y=None, best_probability=None, groups=None) -> Examples:
    dates, customers = features[signature.snapshot_date] if signature.snapshot_date else None, features[signature.id]
    groups = customers if groups is None else groups
    return Examples(conform(features, signature), customers, dates, y, best_probability, groups)
