import shutil

import numpy as np
import pandas as pd
import pytest

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.features.examples import load_examples
from churn_mlops.models.evaluation import measure
from churn_mlops.models.predictor import load_predictor, probabilities
from churn_mlops.registry.champion import promote
from churn_mlops.registry.decision import Promotion
from churn_mlops.registry.duel import compare_with_champion
from churn_mlops.registry.evidence import load_promotion, make_gates, save_evidence, save_promotion
from churn_mlops.registry.gates import load_gates

MONEY = Money(100, 10, 0.3)
PEOPLE = Definition(Dataset("people", "people.csv", "id", "gone"), MONEY)
VERSION = "20240101-000000-aaaaaa"
FAIR = {"min_roc_auc": 0.52, "max_calibration_error": 0.2, "max_roc_auc": 0.99}


@pytest.fixture(scope="module")
def challenger(trained):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    return predictor, predictor.predict(test.X), test


@pytest.fixture(scope="module")
def measured(trained, challenger):
    predictor, p, test = challenger
    return measure(predictor, p, probabilities(predictor, trained, test), test, MONEY, 20, 0)


def crowned(trained, tmp_path):
    """An archive in which the same model is champion already."""
    made = tmp_path / VERSION / "artifacts"
    shutil.copytree(trained, made)
    write_json(made.parent / "manifest.json", {"version": VERSION, "status": "succeeded", "dataset": "people"})
    promote(tmp_path, "people", VERSION, read_json(made / "model.json")["digest"], expected_generation=0)
    return made


def fought(runs, challenger, p=None):
    predictor, own, test = challenger
    return compare_with_champion(runs, PEOPLE, predictor, own if p is None else p, test, 20, 0)


def test_a_sound_model_without_a_champion_passes_every_gate(measured):
    gates = make_gates(measured, None, **FAIR)
    assert {gate.name: gate.passed for gate in gates} == dict.fromkeys(
        [
            "beats the naive baseline",
            "earns more than naive decisions",
            "is calibrated",
            "is not suspiciously good",
            "ranks no worse than the champion",
            "earns no less than the champion",
        ],
        True,
    )


@pytest.mark.parametrize(
    ("limits", "failed"),
    [
        ({"min_roc_auc": 0.95}, "beats the naive baseline"),
        ({"max_calibration_error": 0.0}, "is calibrated"),
        ({"max_roc_auc": 0.6}, "is not suspiciously good"),
    ],
)
def test_each_limit_is_the_limit_of_its_own_gate(measured, limits, failed):
    gates = make_gates(measured, None, **{**FAIR, **limits})
    assert [gate.name for gate in gates if not gate.passed] == [failed]
    (gate,) = [gate for gate in gates if not gate.passed]
    assert gate.threshold == pytest.approx(next(iter(limits.values())))


def test_a_challenger_that_ranks_the_other_way_round_fails_against_the_champion(
    trained, tmp_path, challenger, measured
):
    crowned(trained, tmp_path)
    duel = fought(tmp_path, challenger, p=1 - challenger[1])
    assert duel.verdict == "worse"
    failed = {gate.name for gate in make_gates(measured, duel, **FAIR) if not gate.passed}
    assert failed == {"ranks no worse than the champion", "earns no less than the champion"}


def test_the_evidence_is_kept_as_it_was(tmp_path, measured):
    gates, slices = make_gates(measured, None, **FAIR), pd.DataFrame({"slice": ["plan = plus"]})
    save_evidence(tmp_path, gates, slices)
    loaded = load_gates(tmp_path)
    assert [(gate.name, gate.passed, gate.message) for gate in loaded] == [
        (gate.name, gate.passed, gate.message) for gate in gates
    ]
    np.testing.assert_array_equal([gate.value for gate in loaded], [gate.value for gate in gates])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "slices.parquet"), slices)


def test_the_decision_is_kept_as_it_was(tmp_path):
    save_promotion(tmp_path, Promotion(True, "All gates passed.", None, 0))
    assert load_promotion(tmp_path) == {
        "promoted": True,
        "reason": "All gates passed.",
        "champion_before": None,
        "expected_generation": 0,
    }
