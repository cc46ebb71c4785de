"""One training of a replay: what a run of the pipeline on that day would have made, by the functions that it calls."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from churn_mlops import models
from churn_mlops.config.replaying import CHOSEN
from churn_mlops.errors import CheckError, DataError
from churn_mlops.features import build, duplicates, split
from churn_mlops.features.examples import Examples
from churn_mlops.features.signature import Signature, make_signature
from churn_mlops.features.window import take_window
from churn_mlops.models import evaluation
from churn_mlops.models.persistence import save_model
from churn_mlops.models.predictor import Predictor, check_learned
from churn_mlops.models.search import Budget
from churn_mlops.models.training import train
from churn_mlops.pipelines.replay.history import History
from churn_mlops.pipelines.replay.settings import Settings


@dataclass(frozen=True)
class Made:
    """What came of a training: plain facts, and the model's file; of one that could not be, why not."""

    facts: dict  # "failed", or what `predictor_of` and the later tasks need
    model: bytes = b""


def train_at(history: History, settings: Settings, day: str, snapshots: int) -> Made:
    """Train on what was known on a day, from so many of the newest snapshots before the test, and evaluate.

    0 of them are all, and CHOSEN is what 02_features would have chosen then.

    A run that would have stopped at a check makes nothing, and its facts say where.
    """
    try:
        return _made(history, settings, pd.Timestamp(day), snapshots)
    except (DataError, CheckError) as error:
        return Made({"failed": str(error)})


def _made(history: History, settings: Settings, day: pd.Timestamp, snapshots: int) -> Made:
    definition = history.definition
    learned, judged, groups = _parts(history, settings, day, snapshots)
    dataset = definition.dataset
    rows = history.features.iloc[history.rows(learned)]
    signature = make_signature(rows, dataset.id, dataset.snapshot_date, build.units(definition))
    seen, test = (history.examples(part, signature) for part in (learned, judged))
    made = train(
        seen.X,
        seen.y,
        groups,
        seen.dates,
        signature,
        Budget(settings.trials),
        settings.seed,
        folds=settings.folds,
        horizon_days=dataset.horizon_days,
        prior=dataset.prior or None,
        search_rows=settings.search_rows,
        fold_rows=settings.fold_rows,
    )
    check_learned(made.cv, made.choice)
    threshold = _threshold(made, seen, definition)
    content, digest = _as_file(made.model)
    predictor = Predictor(made.model, signature, made.choice.name, digest, threshold.value, threshold.decides_by)
    facts = {
        "name": made.choice.name,
        "reason": made.choice.reason,
        "digest": digest,
        "threshold": predictor.threshold,
        "decides_by": predictor.decides_by,
        "signature": signature.to_json(),
        "churn_rate": float(seen.y.mean()),
        "learned": [f"{one:%Y-%m-%d}" for one in learned],
        "judged": [f"{one:%Y-%m-%d}" for one in judged],
        "rows": len(seen),
        **_evaluated(predictor, test, definition, settings),
    }
    return Made(facts, content)


def _parts(history: History, settings: Settings, day: pd.Timestamp, snapshots: int):
    """The snapshots to learn from and to judge by, split as 02_features does, and who belongs together in the first."""
    dataset = history.definition.dataset
    known = history.rows(history.matured(day))
    labels = history.labels.iloc[known].reset_index(drop=True)
    features = history.features.iloc[known].reset_index(drop=True)
    labels["group"] = duplicates.group_customers(features, dataset)
    if snapshots == CHOSEN:
        shape = (settings.test_snapshots, settings.train_snapshots, settings.gap_days)
        snapshots = take_window("chosen", features, labels, dataset, *shape).snapshots
    part = split.split(labels, dataset, settings.test_snapshots, snapshots, settings.gap_days, 0.0, settings.seed)
    labels = labels.assign(split=part.to_numpy())
    split.check(labels, dataset, settings.gap_days)
    dates = labels[dataset.snapshot_date]
    learned, judged = (sorted(dates[part == name].unique()) for name in (split.TRAIN, split.TEST))
    return learned, judged, labels.loc[part == split.TRAIN, "group"].reset_index(drop=True)


def _threshold(made, seen: Examples, definition):
    cv, prior = made.cv, definition.dataset.prior
    y, p = seen.y[cv.seen], made.model.calibrate(cv.out_of_fold[made.choice.name].to_numpy()[cv.seen])
    money = models.stakes(definition.money, seen.X[cv.seen])
    return models.choose_threshold(y, p, money, models.row_weights(y, prior))


def _evaluated(predictor: Predictor, test: Examples, definition, settings: Settings) -> dict:
    """What 04_evaluate measures of the model alone, on the rows that it is judged by."""
    p, money = predictor.predict(test.X), models.stakes(definition.money, test.X)
    weights = models.row_weights(test.y, definition.dataset.prior)
    naive = {evaluation.NAIVE: np.full(len(test), test.y.mean())}
    measured = evaluation.measure(predictor, p, naive, test, money, settings.replicates, settings.seed, weights)
    evaluation.check_evidence(measured, test)
    return {"metrics": measured.model, "naive_profits": measured.naive_profits}


def _as_file(model) -> tuple[bytes, str]:
    with TemporaryDirectory(prefix="churn-replay-") as folder:
        path = Path(folder) / "model.skops"
        digest = save_model(model, path)
        return path.read_bytes(), digest


def predictor_of(facts: dict, model) -> Predictor:
    """The model with what is needed to use it, from what a training has left."""
    signature = Signature.from_json(facts["signature"])
    return Predictor(model, signature, facts["name"], facts["digest"], facts["threshold"], facts["decides_by"])
