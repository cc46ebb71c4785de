"""Small families and data for the tests of the search; a process of its own can import them as well."""

import os
import time
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from churn_mlops.models import make_folds


@dataclass(frozen=True)
class Setting:
    name: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False
    choices: tuple = ()


@dataclass(frozen=True)
class Family:
    name: str
    make: object
    space: tuple = ()
    start: tuple = field(default=({},))


def make_linear(settings):
    time.sleep(float(os.environ.get("SLOW_FIT", 0)))
    return LogisticRegression(C=settings["c"])


def make_tree(settings):
    return DecisionTreeClassifier(
        max_depth=settings["depth"], criterion=settings["criterion"], min_samples_leaf=settings["leaf"], random_state=0
    )


def make_broken(settings):
    raise ValueError(f"cannot make {settings['a']:g}")


LINEAR = Family("linear", make_linear, (Setting("c", 1e-4, 10.0, log=True),), ({"c": 0.1}, {"c": 1.0}))
TREE = Family(
    "tree",
    make_tree,
    (Setting("depth", 1, 8, whole=True), Setting("criterion", choices=("gini", "entropy")),
     Setting("leaf", 1, 100, log=True, whole=True)),
    ({"depth": 2, "criterion": "gini", "leaf": 200},),
)  # fmt: skip
BROKEN = Family("broken", make_broken, (Setting("a"),), ({"a": 0.5},))
NAIVE = Family("naive", lambda settings: None)


def data(rows=600, seed=0):
    """Features, labels and three folds; the linear model is the right one."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.normal(size=rows), "c": rng.normal(size=rows)})
    y = (rng.random(rows) < 1 / (1 + np.exp(1 - X["a"] - X["b"]))).astype(int).to_numpy()
    return X, y, make_folds(y, folds=3)
