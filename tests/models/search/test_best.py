import pytest
from tests.models.search.families import LINEAR, NAIVE

from churn_mlops.models.search.best import best_settings
from churn_mlops.models.search.trial import COMPLETE, FAILED, PRUNED, Trial

FAMILIES = {family.name: family for family in (NAIVE, LINEAR)}
OTHER = {"c": 0.5}


def trial(number, settings, *scores, state=COMPLETE):
    return Trial(number, 0, "linear", settings, state, scores, scores, 0.1)


START = trial(0, LINEAR.start[0], 0.80, 0.82, 0.84)


@pytest.mark.parametrize(
    ("others", "sampled", "expected"),
    [
        ([], False, LINEAR.start[0]),
        ([trial(1, OTHER, 0.81, 0.83, 0.85)], False, OTHER),
        ([trial(1, OTHER, 0.81, 0.83, 0.86)], True, OTHER),  # in every fold
        ([trial(1, OTHER, 0.79, 0.82, 0.86)], False, OTHER),
        ([trial(1, OTHER, 0.79, 0.82, 0.86)], True, LINEAR.start[0]),  # in one fold of three
        ([trial(1, OTHER, 0.80, 0.82, 0.84)], False, LINEAR.start[0]),  # of equals the first
        ([trial(1, OTHER, 0.99, state=PRUNED)], False, LINEAR.start[0]),
        ([trial(1, OTHER, 0.79, 0.81, 0.83)], True, LINEAR.start[0]),
    ],
)
def test_the_best_is_that_of_the_highest_mean_and_on_a_sample_beyond_noise(others, sampled, expected):
    assert best_settings(FAMILIES, [START, *others], sampled=sampled) == {"naive": {}, "linear": expected}


def test_where_the_start_failed_another_takes_its_place_and_where_all_failed_none_does():
    failed = trial(0, LINEAR.start[0], state=FAILED)
    assert best_settings(FAMILIES, [failed, trial(1, OTHER, 0.7, 0.7, 0.7)], sampled=True)["linear"] == OTHER
    assert best_settings(FAMILIES, [failed], sampled=True) == {"naive": {}}
