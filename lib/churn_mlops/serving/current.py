"""Which model serves once this run is over, and since when."""

import math
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.archive.moment import present
from churn_mlops.config import SIMULATOR, Definition
from churn_mlops.errors import DataError
from churn_mlops.models.predictor import Predictor, load_predictor
from churn_mlops.registry.known import known_champion, newest_day

THIS_RUN = "this run"


@dataclass(frozen=True)
class Serving:
    """The model that serves, with what monitoring has to know of it."""

    predictor: Predictor
    version: str  # of the run that made it; "this run" for the one going on
    since: str | None  # day, YYYY-MM-DD, from which its age counts; None where the data has no clock
    roc_auc: float  # of its evaluation; NaN when that is not known
    precision: float  # of its evaluation: share of those contacted who left; NaN when that is not known
    profit_a_row: float  # of its evaluation, in the money's currency; NaN when that is not known
    newest_data: str | None  # last day in the data of the run going on
    made: str  # the artifacts of the run that made it, with the rows that it was trained on


def is_promoted(run_dir: str) -> bool:
    """What 05_deploy decided; a run that monitors only has made no model, and so promotes none."""
    decision = Path(run_dir) / "promotion.json"
    return decision.is_file() and read_json(decision)["promoted"]


def find_serving(run_dir: str, runs_dir: str, definition: Definition, promoted: bool) -> Serving:
    """The challenger where the decision is to promote it or nothing serves yet, else the champion.

    Raises DataError where there is neither. Where people have to approve it first, the champion serves on, and it is
    the one to be looked at.

    In simulated data time is the simulation's, and a run that looks back has the time of its day, so the age of a
    model counts from the data it knows; elsewhere from the day it became champion.
    """
    newest = newest_day(Path(run_dir))
    champion = known_champion(runs_dir, definition)
    if champion is None and not (Path(run_dir) / "model.json").is_file():
        name = definition.dataset.name
        raise DataError(f"{name}: no model serves, so there is none to monitor. Cure: python pipeline.py makes one.")
    own_time = definition.as_of or definition.dataset.source == SIMULATOR
    if (promoted and definition.approval == "auto") or champion is None:
        since = newest if own_time else f"{present():%Y-%m-%d}"
        return Serving(load_predictor(run_dir), THIS_RUN, since, *_reached(Path(run_dir)), newest, run_dir)
    made = Path(runs_dir) / champion.version / "artifacts"
    since = newest_day(made) if own_time else champion.since[:10]
    return Serving(load_predictor(made), champion.version, since, *_reached(made), newest, str(made))


def today(as_of: str, definition: Definition, newest: str | None) -> str:
    """The day to judge from: as given, the one that the run looks from, the simulation's last day, or today."""
    simulated = definition.dataset.source == SIMULATOR
    given = as_of or definition.as_of
    return given or (newest if simulated and newest else f"{present():%Y-%m-%d}")


def day_of(dates, newest: str | None) -> str | None:
    """The day that customers are looked at: their newest snapshot date, or the last day in the data."""
    return newest if dates is None or dates.isna().all() else f"{dates.max():%Y-%m-%d}"


def _reached(artifacts: Path) -> tuple[float, float, float]:
    """ROC AUC, precision and profit a row of the model in its own evaluation; older releases lack the last two."""
    evaluation = read_json(artifacts / "evaluation.json")
    found = (evaluation.get(name) for name in ("precision", "profit_per_1000"))
    precision, profit = (math.nan if value is None else value for value in found)
    return evaluation["roc_auc"], precision, profit / 1000
