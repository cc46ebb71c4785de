from churn_mlops.registry.decision import Promotion
from churn_mlops.registry.evidence import load_promotion, save_promotion


def test_the_decision_is_kept_as_it_was(tmp_path):
    save_promotion(tmp_path, Promotion(True, "All gates passed.", None, 0))
    assert load_promotion(tmp_path) == {
        "promoted": True,
        "reason": "All gates passed.",
        "champion_before": None,
        "expected_generation": 0,
    }
