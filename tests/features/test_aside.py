from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Column, Dataset, Definition, Events, Money
from churn_mlops.errors import ConfigError, DataError
from churn_mlops.features.aside import load_aside, save_aside, take_aside
from churn_mlops.features.build import build
from churn_mlops.features.examples import Examples

DATASET = Dataset("shop", "shop.csv", "id", "left", "yes", drop=("gender",), slices=("plan",))
SHOP = Definition(DATASET, Money(100, 10, 0.3), columns={"gender": Column(sensitive=True), "plan": Column("category")})
TABLE = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "gender": ["f", "m", None, "m"],
        "plan": ["basic", "plus", "basic", "plus"],
        "spend": [1.0, 2.0, 3.0, 4.0],
        "left": ["yes", "no", None, "no"],
    }
)


def test_a_sensitive_column_that_is_dropped_is_no_feature_and_stands_aside():
    built = build(SHOP, {"table": TABLE})
    assert list(built.features) == ["id", "plan", "spend"]
    assert built.aside.to_numpy().tolist() == [["a", "f", "basic"], ["b", "m", "plus"], ["d", "m", "plus"]]


def test_only_the_rows_of_the_test_part_are_kept(tmp_path):
    built = build(SHOP, {"table": TABLE})
    save_aside(tmp_path, built.aside, built.labels.assign(split=["train", "test", "test"]))
    examples = Examples(X=built.features.tail(2), customers=pd.Series(["b", "d"], name="id"), dates=None)
    kept = load_aside(tmp_path, examples)
    assert kept.to_dict("list") == {"gender": ["m", "m"], "plan": ["plus", "plus"]}


@pytest.mark.parametrize("customers", [["b"], ["d", "b"]])
def test_values_of_other_rows_are_refused(tmp_path, customers):
    built = build(SHOP, {"table": TABLE})
    save_aside(tmp_path, built.aside, built.labels.assign(split=["train", "test", "test"]))
    examples = Examples(
        X=pd.DataFrame(index=range(len(customers))), customers=pd.Series(customers, name="id"), dates=None
    )
    with pytest.raises(DataError, match="Cure: run 02_features again"):
        load_aside(tmp_path, examples)


def test_where_nothing_is_named_only_the_keys_stand_aside():
    plain = replace(SHOP, dataset=replace(DATASET, slices=()), columns={})
    assert list(build(plain, {"table": TABLE}).aside) == ["id"]


def test_a_column_that_is_not_there_is_told_with_the_nearest_name():
    wrong = replace(SHOP, columns={"plans": Column(sensitive=True)})
    with pytest.raises(ConfigError, match=r"`plans`.*did you mean `plan`\?"):
        take_aside(wrong, TABLE)


@pytest.mark.slow
def test_in_a_log_of_events_what_is_looked_at_is_a_feature():
    days = pd.date_range("2024-01-01", periods=400, freq="D")
    log = pd.DataFrame({"id": np.resize(["a", "b", "c"], 400), "at": days, "amount": 5.0})
    dataset = Dataset("log", "log.csv", "id", snapshot_date="day", slices=("events_30d",))
    definition = Definition(dataset, Money(100, 10, 0.3), events=Events(time="at", amount="amount", windows=(30, 90)))
    built = build(definition, {"table": log})
    assert list(built.aside) == ["id", "day", "events_30d"]
    assert len(built.aside) == len(built.features)
    with pytest.raises(ConfigError, match="`region`"):
        build(replace(definition, dataset=replace(dataset, slices=("region",))), {"table": log})
