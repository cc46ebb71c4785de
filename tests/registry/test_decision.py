import pytest

from churn_mlops.registry.champion import Champion
from churn_mlops.registry.decision import decide_promotion
from churn_mlops.registry.gates import Gate

PASSED = Gate("ranks", True, 0.8, 0.5, "It ranks.")
FAILED = Gate("is calibrated", False, 0.2, 0.05, "Too far off.")
CHAMPION = Champion("telco", "20260101-000000-aaaaaa", 3, "2026-01-01T00:00:00Z", "a" * 64, None)


@pytest.mark.parametrize(
    ("gates", "digest", "champion", "promoted", "reason"),
    [
        ([PASSED], "b" * 64, None, True, "All 1 gates passed; there was no champion yet."),
        ([PASSED], "b" * 64, CHAMPION, True, "the champion until then was 20260101-000000-aaaaaa"),
        ([PASSED, FAILED], "b" * 64, CHAMPION, False, '1 of 2 gates failed. "is calibrated": Too far off.'),
        ([PASSED], "a" * 64, CHAMPION, False, "is the champion already, to the bit"),
        ([FAILED], "a" * 64, CHAMPION, False, "is the champion already, to the bit"),
        ([], "b" * 64, None, False, "No gate was evaluated"),
    ],
)
def test_a_challenger_is_promoted_when_its_gates_passed_and_it_is_new(gates, digest, champion, promoted, reason):
    decision = decide_promotion(gates, digest, champion)
    assert decision.promoted is promoted
    assert reason in decision.reason


@pytest.mark.parametrize(("champion", "before", "generation"), [(None, None, 0), (CHAMPION, CHAMPION.version, 3)])
def test_a_decision_remembers_the_champion_it_was_made_against(champion, before, generation):
    decision = decide_promotion([PASSED], "b" * 64, champion)
    assert (decision.champion_before, decision.expected_generation) == (before, generation)
