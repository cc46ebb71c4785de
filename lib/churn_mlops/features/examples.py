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


def load_active(run_dir: str) -> Examples:
    """The customers to score now; what becomes of them is not known."""
    found = _examples(read_table(Path(run_dir) / "active.parquet"), load_signature(run_dir))
    return _known_in_time(found, run_dir, False, "active.parquet")


def comparable(examples: Examples, active: Examples) -> Examples:
    """The examples that the active can be held against: without time they have stayed, so must these."""
    if examples.dates is not None or not active.customers.isin(examples.customers).any():
        return examples
    stayed = examples.y == 0
    rows = {name: part if part is None else part[stayed] for name, part in vars(examples).items()}
    return Examples(
        **{n: part.reset_index(drop=True) if hasattr(part, "reset_index") else part for n, part in rows.items()}
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
