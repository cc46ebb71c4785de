"""The families that a model is looked for in."""

from sklearn.dummy import DummyClassifier

from churn_mlops.models.families.boosted import boosted
from churn_mlops.models.families.columns import name_columns
from churn_mlops.models.families.family import Family
from churn_mlops.models.families.gbm import lightgbm, trees
from churn_mlops.models.families.linear import linear


def make_families(signature, seed: int = 0, *, rows: int, events: int) -> dict[str, Family]:
    """The families by name, simplest first: naive, linear, trees, boosted, lightgbm.

    Every object they make reads the signature's columns by name and ignores any other (the id, the snapshot
    date), so nothing outside it has to be repeated when it serves. `rows` and `events`, the number of training
    rows and of those that left, size what is tried first.
    """
    names = name_columns(signature)
    naive = Family("naive", lambda settings: DummyClassifier(strategy="prior"))
    made = [naive, *(family(names, seed, events) for family in (linear, trees, boosted, lightgbm))]
    return {family.name: family for family in made}
