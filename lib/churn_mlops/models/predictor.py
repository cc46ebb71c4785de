"""A trained model with all that is needed to use it, in the files that a run keeps: model.skops and model.json."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.archive.parsing import understood
from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.archive.verify import check_files
from churn_mlops.errors import CheckError, DataError
from churn_mlops.features.examples import load_signature
from churn_mlops.features.signature import Signature, conform
from churn_mlops.models.calibration import fit_calibrated
from churn_mlops.models.folds import keep_together
from churn_mlops.models.persistence import load_model, model_digest, save_model
from churn_mlops.models.threshold import PROBABILITY

MODEL, DESCRIPTION, LINEAR, SIGNATURE = "model.skops", "model.json", "baselines.skops", "signature.json"


@dataclass(frozen=True)
class Predictor:
    """A model from its file, the signature of its input, and the threshold of its decisions."""

    model: object
    signature: Signature
    name: str  # of the candidate: linear, boosted
    digest: str  # SHA-256 of model.skops
    threshold: float  # contact at this probability or above, or by customer at this expected profit
    decides_by: str = PROBABILITY  # what the threshold is held against; or "expected profit"

    @property
    def line(self) -> float | None:
        """The probability above which it contacts; None where that differs between customers."""
        return self.threshold if self.decides_by == PROBABILITY else None

    def predict(self, features) -> np.ndarray:
        """The probability of leaving, 0 to 1, of each row of features."""
        return self.model.predict_proba(conform(features, self.signature))[:, 1]


def save_trained(run_dir: str, model, choice, threshold, candidates: dict, cv, train, found=None) -> dict:
    """Write the model, its description, the linear baseline and the out-of-fold predictions; return the description.

    `found` is the `Search` in which the candidates' settings were found; the description names those of the model.
    """
    folder = Path(run_dir)
    linear = model
    if choice.name != "linear":
        X = keep_together(train.X, train.groups)
        linear = fit_calibrated(candidates["linear"], X, train.y, cv.out_of_fold["linear"].to_numpy())
        linear.set_params(shift=model.shift)
    save_model(linear, folder / LINEAR)
    described = {
        "digest": save_model(model, folder / MODEL),
        "name": choice.name,
        "reason": choice.reason,
        "threshold": threshold.value,
        "decides_by": threshold.decides_by,
        "churn_rate": float(train.y.mean()),
        **_described(choice, cv, found),
    }
    write_json(folder / DESCRIPTION, described)
    write_table(folder / "out_of_fold.parquet", cv.out_of_fold.reset_index(drop=True))
    return described


def save_trials(run_dir: str, found, stability) -> None:
    """Write what the search has tried and how much of the model is chance; the search's journal may go then.

    Not how long each trial took, which is another time in each run: the same run is the same files.
    """
    write_table(Path(run_dir) / "trials.parquet", found.trials.drop(columns="seconds"))
    write_json(Path(run_dir) / "stability.json", asdict(stability))
    found.forget()


def _described(choice, cv, found) -> dict:
    """The settings of the model or of each member of a blend, their weights, and how many trials they came of."""
    members = cv.weights if choice.name == "blend" else {choice.name: 1.0}
    if found is None:
        return {"members": members}
    settings = {name: found.best[name] for name in members}
    return {"members": members, "settings": settings, "trials": len(found.trials), "trial_rows": found.rows}


def load_predictor(run_dir: str | Path) -> Predictor:
    """The model of a run's artifacts; raises DataError when the file is not the one that was described.

    Of a published version each file is first held against the manifest; raises ArchiveDamaged, before it is parsed.
    """
    folder = Path(run_dir)
    path = folder / DESCRIPTION
    if not path.exists():
        raise DataError(f"{path}: not there yet. Cure: run 03_train first.")
    if not (folder / MODEL).exists():
        raise DataError(f"{folder / MODEL}: no such model file, which {DESCRIPTION} describes. Cure: train it again.")
    check_files(folder.parent, [f"{folder.name}/{name}" for name in (DESCRIPTION, SIGNATURE, MODEL)])
    with understood(path, "expected the description of a model as 03_train writes it"):
        described = read_json(path)
        digest, name, threshold = str(described["digest"]), str(described["name"]), float(described["threshold"])
        decides_by = str(described.get("decides_by", PROBABILITY))
    if (found := model_digest(folder / MODEL)) != digest:
        raise DataError(
            f"{folder / MODEL}: digest {found[:12]}, but {DESCRIPTION} names {digest[:12]}. "
            "The file was changed after training; do not use it. Cure: run the pipeline again."
        )
    signature = load_signature(folder)
    return Predictor(load_model(folder / MODEL, digest), signature, name, digest, threshold, decides_by)


def check_learned(cv, choice) -> None:
    """Raise CheckError when the chosen candidate does not rank unseen customers better than chance."""
    scores = cv.table.loc[cv.table["candidate"] == choice.name, "roc_auc"]
    if not scores.mean() > 0.5 + scores.std(ddof=0):
        raise CheckError(
            f"{choice.name} ranks unseen customers with a ROC AUC of {scores.mean():.3f} over {len(scores)} folds, not "
            "better than chance (0.5). Cure: look for a wrong target, or for columns that say more."
        )


def probabilities(predictor: Predictor, folder: str, examples) -> dict[str, np.ndarray]:
    """What the plain guess, the linear model and, where known, the truth say of the same rows."""
    linear = load_model(Path(folder) / LINEAR)
    churn_rate = read_json(Path(folder) / DESCRIPTION)["churn_rate"]
    found = {
        "naive": np.full(len(examples), churn_rate),
        "linear": linear.predict_proba(conform(examples.X, predictor.signature))[:, 1],
    }
    if examples.best_probability is not None:
        found["best_possible"] = np.asarray(examples.best_probability)
    return found


def save_test_scores(run_dir: str, examples, p) -> None:
    """Keep what the model said of each test row, so that whoever serves it can prove to be the same."""
    scores = pd.DataFrame({"customer": examples.customers, "churned": examples.y, "probability": p})
    write_table(Path(run_dir) / "test_scores.parquet", scores)


def load_test_scores(run_dir: str) -> pd.DataFrame:
    """What 04_evaluate has kept of each test row: customer, churned, probability."""
    return read_table(Path(run_dir) / "test_scores.parquet")


def check_scored(scores: pd.DataFrame, examples) -> None:
    """Raise CheckError where the kept scores are not of these rows in this order, or not probabilities."""
    same = len(scores) == len(examples) and bool((scores["customer"].to_numpy() == examples.customers.to_numpy()).all())
    if not (same and (scores["churned"].to_numpy() == examples.y).all() and scores["probability"].between(0, 1).all()):
        raise CheckError(
            f"test_scores.parquet has {len(scores):,} rows that are not the {len(examples):,} of the test part, or "
            "scores outside 0 to 1; nothing can be judged by them. Cure: run 04_evaluate again."
        )
