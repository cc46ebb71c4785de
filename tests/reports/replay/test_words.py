"""The recommendation in words that need no statistics, and the text for the terminal."""

import pytest

from churn_mlops.monitoring.replaying import compare
from churn_mlops.reports.replay import text, words


def told(value, low=None, high=None):
    return {"value": value, "low": low, "high": high}


def policy(net, trainings, never=None, best=0):
    return {"net": told(net), "retrainings": trainings, "vs_never": never, "vs_best": told(best)}


def comparison(chosen, best, within, **policies):
    return {
        "recommended": {"policy": chosen, "within": within, "reason": "why"}, "best": best, "currency": "EUR",
        "months_with_truth": ["2025-06-01"] * 23, "retraining_cost": 0.0, "policies": policies,
    }  # fmt: skip


NEVER = policy(5000, 0, told(0, 0, 0), -4000)
DRIFT = policy(8900, 3, told(3900, 2500, 5100), -100)
MONTHLY = policy(9000, 24, told(4000, 2600, 5200))
CASES = {
    "cheaper than the best": (
        comparison("drift", "monthly", ["drift", "monthly"], never=NEVER, drift=DRIFT, monthly=MONTHLY),
        "Train a new model when customers are no longer like those that it learned from: in these 23 months that would "
        "have earned €8,900, €3,900 more (with 95% certainty between €2,500 and €5,100) than with no training at all.",
        "It takes 3 trainings; “monthly” earned €100 more with 24, a difference that chance alone may explain.",
    ),
    "alone": (
        comparison("monthly", "monthly", ["monthly"], never=NEVER, monthly=MONTHLY),
        "Train a new model every month: in these 23 months",
        "It takes 24 trainings and earned the most of 2 policies, by more than chance explains.",
    ),
    "best and cheapest": (
        comparison("monthly", "monthly", ["monthly", "x"], x=MONTHLY, monthly=MONTHLY),
        "Train a new model every month: in these 23 months",
        "It takes 24 trainings and earned the most; no policy with fewer comes so near that chance alone explains the",
    ),
    "nothing pays": (
        comparison("never", "drift", ["never", "drift"], never=policy(8000, 0, told(0), -900), drift=DRIFT),
        "Leave the model as it is: in these 23 months that would have earned €8,000, with no training.",
        "It takes no training; “drift” earned €900 more with 3, a difference that chance alone may explain.",
    ),
    "as many trainings": (
        comparison("own", "drift", ["own", "drift"], own=policy(8800, 3, told(3800), -100), drift=DRIFT),
        "Keep the rules for training that you have: in these 23 months that would have earned €8,800, €3,800 more than",
        "It takes 3 trainings; “drift” earned €100 more with as many, a difference that chance alone may explain.",
    ),
    "a loss": (
        comparison("mine", "mine", ["mine"], mine=policy(-70, 1, told(-20, -30, -10))),
        "Train a new model by the rules of “mine”: in these 23 months that would have earned −€70, "
        "€20 less (with 95% certainty between €10 and €30) than with no training at all.",
        "It takes 1 training and earned the most of 1 policies, by more than chance explains.",
    ),
    "no truth": (comparison(None, "never", [], never=NEVER), "Nothing can be recommended yet.", "why"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_two_sentences_say_what_to_do_and_why(case):
    given, first, second = CASES[case]
    said = words.recommendation(given)
    assert said[0].startswith(first)
    assert said[1].startswith(second)


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({}, "good", "✓ 30 days"),
        ({"days": 0}, "good", "✓ at once"),
        ({"in_time": False}, "warn", "! 30 days"),
        ({"in_time": None}, "good", "✓ 30 days"),
        ({"named": True}, "good", "✓ 30 days"),
        ({"named": False}, "warn", "! 30 days, taken for customers"),
        ({"noticed": None, "in_time": False}, "bad", "✗ not noticed"),
        ({"noticed": None, "in_time": None}, "soft", "not noticed"),
    ],
)
def test_how_a_change_fared_is_told_by_sign_and_words(changed, kind, said):
    change = {"noticed": "2025-10-01", "days": 30, "in_time": True, "named": None}
    assert words.noticed(change | changed) == (kind, said)


@pytest.mark.parametrize(("value", "said"), [(5, "+€5"), (0, "€0"), (-5.5, "−€5.50"), (None, "–")])
def test_differences_have_their_sign(value, said):
    assert words.signed(value, "EUR") == said


def test_the_terminal_gets_the_recommendation_first_the_chosen_marked_and_the_toml_last(played):
    replay, gains = played
    said = text(replay, compare(replay, gains, 50)).splitlines()
    assert said[0] == "Replay of shop, Jun 2025 to May 2027"
    assert said[2].startswith("Train a new model when what has changed may cost too much")
    assert next(line for line in said if line.startswith("*")).startswith("*  estimated loss  €39,008")
    assert said[-3:] == ["[retrain]", "every_days = 0", "on_drift = true"]
    assert all(line == line.rstrip() for line in said)
