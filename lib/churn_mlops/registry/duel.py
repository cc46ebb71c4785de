"""The duel of champion and challenger, on the same rows and draws."""

from pathlib import Path

from churn_mlops.config import Definition
from churn_mlops.errors import MissingColumns
from churn_mlops.models.comparison import Comparison, compare
from churn_mlops.models.predictor import Predictor, load_predictor
from churn_mlops.models.stakes import stakes
from churn_mlops.models.threshold import usable_threshold
from churn_mlops.models.weights import row_weights
from churn_mlops.registry.known import known_champion


def compare_with_champion(
    runs_dir: str, definition: Definition, challenger: Predictor, p, examples, replicates: int, seed: int
) -> Comparison | None:
    """The duel under the definition's money and prior; None where there is no champion, or it reads other features.

    A champion whose file was changed raises: nobody should train on while something false serves.
    """
    champion = known_champion(runs_dir, definition)
    if champion is None:
        return None
    before = load_predictor(Path(runs_dir) / champion.version / "artifacts")
    try:
        p_before = before.predict(examples.X)
    except MissingColumns:
        return None
    money, weights = stakes(definition.money, examples.X), row_weights(examples.y, definition.dataset.prior)
    limits = (usable_threshold(predictor, money) for predictor in (challenger, before))
    return compare(examples.y, p, p_before, money, *limits, examples.customers, replicates, seed, weights)
