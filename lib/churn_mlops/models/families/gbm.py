"""LightGBM: boosted trees with many ways to be careful; and the same engine as a forest."""

from sklearn.pipeline import make_pipeline

from churn_mlops.models.families.columns import Names, suggest_leaves, tree_columns
from churn_mlops.models.families.family import Family, Setting
from churn_mlops.models.families.lightgbm import LightGBMModel

SPACE = (
    Setting("iterations", 50, 800, log=True, whole=True),
    Setting("learning_rate", 0.01, 0.2, log=True),
    Setting("leaves", 2, 48, log=True, whole=True),
    Setting("leaf_rows", 5, 200, log=True, whole=True),
    Setting("l2", 0.01, 100, log=True),
    Setting("column_share", 0.1, 1.0),
    Setting("row_share", 0.4, 1.0),
    Setting("smooth", 0.01, 100, log=True),
    Setting("extra", choices=(False, True)),
    Setting("pairs", choices=(0, 8)),
)
FOREST_SPACE = (
    Setting("leaves", 8, 512, log=True, whole=True),
    Setting("leaf_rows", 2, 200, log=True, whole=True),
    Setting("column_share", 0.05, 1.0),
    Setting("row_share", 0.2, 0.9),
    Setting("extra", choices=(False, True)),
)


def lightgbm(names: Names, seed: int, events: int) -> Family:
    """Boosted trees: slow learning on part of the rows and of the columns."""
    default = {
        "iterations": 200,
        "learning_rate": 0.05,
        "leaves": suggest_leaves(events),
        "leaf_rows": 20,
        "l2": 1.0,
        "column_share": 0.3,
        "row_share": 0.7,
        "smooth": 1.0,
        "extra": False,
        "pairs": 0,
    }

    bold = default | {"pairs": 8, "column_share": 0.6, "leaves": max(16, default["leaves"])}

    def make(settings: dict):
        return make_pipeline(tree_columns(names, seed), LightGBMModel(**default | settings, seed=seed))

    return Family("lightgbm", make, SPACE, (default, bold))


def trees(names: Names, seed: int, events: int) -> Family:
    """A random forest (Breiman 2001) or extremely randomised trees, whichever the search prefers.

    Grown by LightGBM: a hundred times smaller a file than scikit-learn's, gaps need no filling, and a tree of
    1.5 million rows costs seconds. Its leaves are straight lines of the share that left, so the average of
    trees ranks as a forest's average of shares does, and is a sum in the log-odds that can be explained.
    """
    leaves = suggest_leaves(events * 16, 16, 256)
    default = {
        "iterations": 200,
        "leaves": leaves,
        "leaf_rows": 5,
        "column_share": 0.3,
        "row_share": 0.6,
        "extra": False,
    }

    def make(settings: dict):
        forest = LightGBMModel(**default | settings, l2=0.0, forest=True, seed=seed)
        return make_pipeline(tree_columns(names, seed), forest)

    return Family("trees", make, FOREST_SPACE, (default, default | {"extra": True, "leaves": 2 * leaves}))
