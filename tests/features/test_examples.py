import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.errors import CheckError, DataError
from churn_mlops.features.build import Built
from churn_mlops.features.examples import (
    Examples,
    comparable,
    load_active,
    load_examples,
    load_matured,
    load_signature,
    some,
)
from churn_mlops.features.saving import count_examples, save_examples, signature_table
from churn_mlops.features.signature import MISSING, make_signature
from churn_mlops.features.split import TEST, TRAIN, UNUSED

FEATURES = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "spend": [1.0, None, 3.0, 4.0],
        "plan": pd.Series(["x", None, "y", "x"], dtype="str"),
    }
)
LABELS = pd.DataFrame(
    {"id": ["a", "b", "c", "d"], "churned": [0, 1, 1, 0], "split": [TRAIN, TEST, TRAIN, UNUSED]}
).astype({"churned": "int8"})
DAYS = pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-01", "2024-02-01"])


def saved(folder, timed=False, truth=False, as_of=""):
    features, labels = FEATURES, LABELS
    if timed:
        dataset = Dataset("d", "d.csv", "id", "left", snapshot_date="day", horizon_days=31)
        (folder / "definition.json").write_text(Definition(dataset, Money(100, 10, 0.5), as_of=as_of).to_json())
        features, labels = features.assign(day=DAYS), labels.assign(day=DAYS)
    if truth:
        labels = labels.assign(best_probability=[0.1, 0.2, 0.3, 0.4])
    signature = make_signature(features, "id", "day" if timed else "")
    save_examples(str(folder), Built(features, labels, features.tail(2)), labels, signature)
    return str(folder), signature


def test_a_part_has_its_rows_labels_and_customers_in_the_same_order(tmp_path):
    run_dir, signature = saved(tmp_path)
    train = load_examples(run_dir, TRAIN)
    assert (len(train), train.customers.tolist(), train.y.tolist()) == (2, ["a", "c"], [0, 1])
    assert list(train.X) == signature.names
    assert train.X["spend"].tolist() == [1.0, 3.0]
    assert (train.dates, train.best_probability) == (None, None)


def test_what_is_missing_comes_back_as_the_model_expects_it(tmp_path):
    test = load_examples(saved(tmp_path)[0], TEST)
    assert test.X["plan"].tolist() == [MISSING]
    assert test.X["spend"].isna().tolist() == [True]


def test_time_and_truth_come_with_the_rows_where_they_are_known(tmp_path):
    train = load_examples(saved(tmp_path, timed=True, truth=True)[0], TRAIN)
    assert train.dates.tolist() == [DAYS[0], DAYS[2]]
    assert train.best_probability.tolist() == [0.1, 0.3]
    assert "day" not in train.X


def test_the_active_customers_come_without_an_answer(tmp_path):
    active = load_active(saved(tmp_path, timed=True)[0])
    assert (active.customers.tolist(), active.y, active.best_probability) == (["c", "d"], None, None)
    assert active.dates.tolist() == [DAYS[2], DAYS[3]]


def test_the_signature_is_the_one_that_was_saved(tmp_path):
    run_dir, signature = saved(tmp_path)
    assert load_signature(run_dir) == signature


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (load_signature, "signature.json"),
        (load_active, "active.parquet"),
        (lambda run_dir: load_examples(run_dir, TRAIN), "labels.parquet"),
    ],
)
def test_what_is_not_there_yet_is_named_with_the_cure(tmp_path, load, name):
    with pytest.raises(DataError, match=f"{name}: not there yet.*Cure: run"):
        load(str(tmp_path))


def test_the_sizes_are_counted_for_the_runs_page(tmp_path):
    _, signature = saved(tmp_path)
    assert count_examples(LABELS, FEATURES.tail(2), signature) == {
        "features": 2,
        "train_rows": 2,
        "test_rows": 1,
        "active_rows": 2,
        "train_churn_rate": 0.5,
        "test_churn_rate": 1.0,
    }


def test_the_signature_reads_as_a_table():
    many = FEATURES.assign(city=pd.Series(["p", "q", "r", "s"], dtype="str"), void=float("nan"))
    many = pd.concat([many, many.assign(city="t")]).assign(joined=pd.to_datetime(["2024-01-31", "2023-12-01"] * 4))
    table = signature_table(make_signature(many.assign(gone=pd.NaT), "id")).set_index("feature")
    assert table["kind"].tolist() == ["number", "category", "category", "number", "date", "date"]
    assert table["seen"].to_dict() == {
        "spend": "1 to 4",
        "plan": "(missing), x, y",
        "city": "p, q, r, s and 1 more",
        "void": "nothing",
        "joined": "2023-12-01 to 2024-01-31",
        "gone": "nothing",
    }


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("2024-01-31", "active.parquet: 1 of 2 rows were not known on 2024-01-31"),
        ("2024-03-01", "labels.parquet, test: 1 of 1 rows have labels whose horizon was open on 2024-03-01"),
        ("2024-04-01", None),
        ("", None),
    ],
)
def test_nothing_later_than_the_day_of_the_run_passes_to_a_later_stage(tmp_path, as_of, told):
    run_dir, _ = saved(tmp_path, timed=True, as_of=as_of)

    def load():
        load_active(run_dir)
        load_examples(run_dir, TRAIN)
        load_examples(run_dir, TEST)

    if told is None:
        load()
        return
    with pytest.raises(CheckError, match=told):
        load()


def test_rows_know_who_belongs_together_or_else_every_customer_is_alone(tmp_path):
    run_dir, signature = saved(tmp_path)
    assert load_examples(run_dir, TRAIN).groups.tolist() == ["a", "c"]
    labels = LABELS.assign(group=["a", "b", "a", "d"])
    save_examples(run_dir, Built(FEATURES, labels, FEATURES.tail(2)), labels, signature)
    assert load_examples(run_dir, TRAIN).groups.tolist() == ["a", "a"]


@pytest.mark.parametrize(
    ("dates", "active", "rows"),
    [
        (None, ["a", "c"], ["a", "c"]),  # who stayed is held against who stayed
        (None, ["x", "y"], ["a", "b", "c"]),  # their outcome is open: anybody may be like them
        (pd.Series(["2024-01-01"] * 3), ["a", "c"], ["a", "b", "c"]),
    ],
)
def test_customers_of_now_are_held_against_those_they_can_be_like(dates, active, rows):
    known = Examples(pd.DataFrame({"x": [1, 2, 3]}), pd.Series(["a", "b", "c"]), dates, np.array([0, 1, 0]))
    now = Examples(pd.DataFrame({"x": [1, 3]}), pd.Series(active), None)
    found = comparable(known, now)
    assert found.customers.tolist() == rows
    assert len(found.X) == len(found.y) == len(rows)


@pytest.mark.parametrize(
    ("first_test", "matured"),
    [
        ("2024-03-01", ["b"]),  # of the champion: as of this run
        ("2024-02-01", ["b", "d"]),  # earlier: it has not learned from February either
        ("2024-06-01", ["b"]),  # later: this run's test part all the same
    ],
)
def test_rows_that_a_model_has_learned_nothing_of_begin_with_its_own_test(tmp_path, first_test, matured):
    now, before = tmp_path / "now", tmp_path / "before"
    for folder in (now, before):
        folder.mkdir()
    run_dir, signature = saved(now, timed=True)
    made, _ = saved(before, timed=True)
    labels = pd.read_parquet(before / "labels.parquet")
    labels["day"] = labels["day"].mask(labels["split"] == TEST, pd.Timestamp(first_test))
    labels.to_parquet(before / "labels.parquet")
    found = load_matured(run_dir, made, signature)
    assert found.customers.tolist() == matured
    assert len(found.y) == len(found.dates) == len(found.X) == len(matured)


def test_without_dates_they_are_the_test_part(tmp_path):
    run_dir, signature = saved(tmp_path)
    assert load_matured(run_dir, run_dir, signature).customers.tolist() == ["b"]


def test_some_rows_keep_their_parts_together_and_are_the_same_each_time(tmp_path):
    train = load_examples(saved(tmp_path, timed=True)[0], TRAIN)
    one = some(train, 1)
    at = train.customers.tolist().index(one.customers[0])
    assert (len(one), one.y[0], one.dates[0]) == (1, train.y[at], train.dates[at])
    assert one.X.index.tolist() == [0]
    assert some(train, 1).customers.tolist() == one.customers.tolist()
    assert some(train, 2) is train


def test_who_has_stayed_is_held_against_such_only_also_where_the_examples_are_of_another_table(tmp_path):
    examples = load_examples(saved(tmp_path)[0], TRAIN)
    active = Examples(FEATURES, pd.Series(["x", "y", "z"]), None)
    assert comparable(examples, active) is examples
    held = comparable(examples, active, pd.Series(["z", "w"]))
    assert held.y.tolist() == [0]
