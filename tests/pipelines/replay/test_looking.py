"""A look sees nothing that was not known on its day; what it earned is counted from what came later."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.pipelines.replay.conftest import SMALL

from churn_mlops.config.replaying import CHOSEN
from churn_mlops.features.window import take_window
from churn_mlops.models.money import earned
from churn_mlops.models.persistence import load_model
from churn_mlops.pipelines.replay.dueling import duel, promotion
from churn_mlops.pipelines.replay.looking import Champion, look_at
from churn_mlops.pipelines.replay.training import predictor_of, train_at

pytestmark = pytest.mark.slow

KNOWN = ("findings", "drift", "contacted", "expected_profit", "estimated_roc_auc")


def champion_of(history, day, folder, settings=SMALL):
    made = train_at(history, settings, day, settings.train_snapshots)
    path = folder / f"{day}.skops"
    path.write_bytes(made.model)
    return Champion(predictor_of(made.facts, load_model(path, made.facts["digest"])), day, made.facts)


@pytest.fixture(scope="module")
def champions(club, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {day: champion_of(club, day, folder) for day in ("2024-06-01", "2024-12-01")}


def with_other_labels(history, first_hidden):
    """The history in which everybody left whose label was not in."""
    late = history.dates >= first_hidden
    return replace(history, labels=history.labels.assign(churned=history.labels["churned"].mask(late, 1)))


@pytest.mark.parametrize("day", ["2024-07-01", "2024-10-01"])
def test_no_finding_depends_on_a_label_that_was_not_in(club, champions, day):
    champion = champions["2024-06-01"]
    month_before = pd.Timestamp(day) - pd.Timedelta(days=29)  # whose horizon is open still
    seen, other = (look_at(h, SMALL, champion, day) for h in (club, with_other_labels(club, month_before)))
    assert {name: seen.facts[name] for name in KNOWN} == {name: other.facts[name] for name in KNOWN}
    assert seen.facts["profit"] != other.facts["profit"]


def test_labels_that_were_in_are_found_in_the_performance(club, champions):
    told = {day: look_at(club, SMALL, champions["2024-06-01"], day).facts for day in ("2024-08-01", "2024-09-01")}
    names = {day: [one["name"] for one in facts["findings"]] for day, facts in told.items()}
    assert "inputs moved" in names["2024-08-01"]  # the price, on the first day that it can be seen
    assert "performance fell" not in names["2024-08-01"]
    assert "performance fell" in names["2024-09-01"]  # of August, whose labels are in by then


def test_what_a_day_earned_is_the_sum_over_its_customers(club, champions):
    look = look_at(club, SMALL, champions["2024-06-01"], "2024-07-01")
    rows, predictor = club.rows([pd.Timestamp("2024-07-01")]), champions["2024-06-01"].predictor
    y, p = club.labels["churned"].to_numpy()[rows], predictor.predict(club.features.iloc[rows])
    expected = earned(y, p, club.definition.money, predictor.threshold)
    assert np.array_equal(look.earned["earned"], expected)
    assert look.facts["profit"] == pytest.approx(expected.sum())
    assert look.facts["contacted"] == (p >= predictor.threshold).sum()


def test_a_model_of_the_new_world_is_better_in_it(club, champions):
    told = duel(club, SMALL, champions["2024-12-01"], champions["2024-06-01"])
    assert (told["verdict"], told["failed"]) == ("better", [])
    new, old = champions["2024-12-01"].facts, champions["2024-06-01"]
    old = replace(old, facts=old.facts | {"judged": new["judged"]})
    worse = duel(club, SMALL, old, champions["2024-12-01"])
    assert worse["verdict"] == "worse"
    assert any("than the champion" in one for one in worse["failed"])


SAME = {"verdict": "no evidence", "said": "no evidence: ...", "gates": 5, "failed": []}


@pytest.mark.parametrize(
    ("told", "rule", "expected"),
    [
        (SAME, "auto", True),
        (SAME, "better", False),
        (SAME, "never", False),
        (SAME | {"verdict": "better"}, "better", True),
        (SAME | {"verdict": "better"}, "never", False),
        (SAME | {"failed": ['"is calibrated": no']}, "auto", False),
    ],
)
def test_a_challenger_is_promoted_as_the_policy_says(told, rule, expected):
    promoted, why = promotion(told, "one", "other", rule)
    assert (promoted, bool(why)) == (expected, True)
    assert promotion(told, "same", "same", rule) == (False, "it is the champion already, to the bit")


def test_a_training_that_would_have_stopped_says_at_what(club):
    made = train_at(club, SMALL, "2024-03-01", 6)
    assert made.model == b""
    assert made.facts["failed"].startswith("1 labelled snapshots from 2024-01-01 to 2024-01-01: none is left to train")


def test_a_window_may_be_chosen_by_what_would_have_foretold_the_last_month(club, monkeypatch):
    asked = []

    def choose(window, features, labels, *shape):
        asked.append((window, labels["day"].max(), shape[1:]))
        return take_window(window, features, labels, *shape)

    monkeypatch.setattr("churn_mlops.pipelines.replay.training.take_window", choose)
    made, known = (train_at(club, SMALL, "2024-12-01", snapshots) for snapshots in (CHOSEN, 0))
    assert asked == [("chosen", pd.Timestamp("2024-11-01"), (2, 6, 0))]  # the newest month whose labels are in
    assert made.facts["judged"] == known.facts["judged"] == ["2024-10-01", "2024-11-01"]
    assert known.facts["learned"][0] == "2024-01-01"
    assert made.facts["learned"] == known.facts["learned"][-len(made.facts["learned"]) :]
