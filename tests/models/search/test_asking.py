import numpy as np
import pytest
from tests.models.search.families import BROKEN, LINEAR, NAIVE, TREE

from churn_mlops.models.search import COMPLETE, FAILED, PRUNED, Trial
from churn_mlops.models.search.asking import BATCH, ask_batch


def trial(number, family, settings, value, state=COMPLETE):
    scores = () if state == FAILED else (value,) * (3 if state == COMPLETE else 1)
    return Trial(number, number // BATCH, family, settings, state, scores, scores, 0.1)


def told(values):
    """A batch of trials: the linear model as given, the tree at 0.6."""
    linear = [trial(n, "linear", {"c": 10.0**-n}, value) for n, value in enumerate(values)]
    rest = range(len(values), BATCH)
    return linear + [trial(n, "tree", {"depth": n, "criterion": "gini", "leaf": 9}, 0.6) for n in rest]


def families_of(asked):
    return [one.family for one in asked]


@pytest.mark.parametrize(
    ("linear", "least", "most"), [(0.6, 4, 6), (0.605, 5, 7), (0.75, 8, 8), (0.5, 0, 0), (0.598, 3, 5)]
)
def test_the_better_a_family_the_more_of_the_trials_it_gets(linear, least, most):
    asked = ask_batch({f.name: f for f in (NAIVE, LINEAR, TREE)}, told([linear] * 4), 0)
    assert least <= families_of(asked).count("linear") <= most
    assert len(asked) == BATCH


def test_numbers_and_batches_go_on():
    asked = ask_batch({"linear": LINEAR}, told([0.6] * 8), 0)
    assert [one.number for one in asked] == list(range(8, 16))
    assert {one.batch for one in asked} == {1}


def test_a_family_that_has_only_failed_is_not_asked_again():
    trials = told([0.7] * 4) + [trial(n, "broken", {"a": 0.1}, 0, FAILED) for n in range(8, 16)]
    asked = ask_batch({f.name: f for f in (LINEAR, TREE, BROKEN)}, trials, 0)
    assert "broken" not in families_of(asked)


def test_settings_stay_within_the_space_also_after_a_start_beyond_it():
    trials = told([0.6] * 4)
    trials[4] = trial(4, "tree", {"depth": 20, "criterion": "gini", "leaf": 900}, 0.9)
    asked = ask_batch({f.name: f for f in (LINEAR, TREE)}, trials, 0)
    tree = [one.settings for one in asked if one.family == "tree"]
    assert len(tree) >= 7
    for settings in tree:
        assert 1 <= settings["depth"] <= 8
        assert isinstance(settings["depth"], int)
        assert 1 <= settings["leaf"] <= 100
        assert settings["criterion"] in ("gini", "entropy")


def test_settings_are_sought_near_those_that_did_well():
    values = [0.5, 0.8, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    asked = [one for seed in range(5) for one in ask_batch({"linear": LINEAR}, told(values), seed)]
    logs = np.log10([one.settings["c"] for one in asked])
    assert abs(np.median(logs) + 1) < 0.7  # c = 0.1 did well; the middle of the space is 10 ** -1.5


def test_pruned_trials_count_as_less_and_failed_ones_not_at_all():
    trials = told([0.6] * 8)
    trials[6] = trial(6, "linear", {"c": 0.5}, 0.55, PRUNED)
    trials[7] = trial(7, "linear", {"c": 0.7}, 0, FAILED)
    assert len(ask_batch({"linear": LINEAR}, trials, 0)) == BATCH
