"""scikit-learn's histogram gradient boosting."""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

from churn_mlops.models.families.columns import Names, suggest_leaves, tree_columns
from churn_mlops.models.families.family import Family, Setting

SPACE = (
    Setting("iterations", 50, 600, log=True, whole=True),
    Setting("learning_rate", 0.01, 0.3, log=True),
    Setting("leaves", 2, 48, log=True, whole=True),
    Setting("leaf_rows", 5, 200, log=True, whole=True),
    Setting("l2", 0.01, 100, log=True),
    Setting("column_share", 0.1, 1.0),
)


def boosted(names: Names, seed: int, events: int) -> Family:
    """Boosted trees; a third of the columns a split, so that trees differ and columns of noise cost less."""
    default = {
        "iterations": 100,
        "learning_rate": 0.1,
        "leaves": suggest_leaves(events),
        "leaf_rows": 20,
        "l2": 1.0,
        "column_share": 0.3,
    }

    def make(settings: dict):
        return make_pipeline(tree_columns(names, seed), _boosting(default | settings, seed))

    # As large as scikit-learn's own default, learning more slowly from part of the columns.
    bold = default | {"leaves": 31, "l2": 0.01, "column_share": 0.6, "learning_rate": 0.07, "iterations": 150}
    return Family("boosted", make, SPACE, (default, bold))


def _boosting(settings: dict, seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=settings["iterations"],
        learning_rate=settings["learning_rate"],
        max_leaf_nodes=settings["leaves"],
        min_samples_leaf=settings["leaf_rows"],
        l2_regularization=settings["l2"],
        max_features=settings["column_share"],
        early_stopping=False,
        random_state=seed,
    )
