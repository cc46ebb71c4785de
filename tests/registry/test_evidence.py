import json
import shutil
from dataclasses import replace

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
from churn_mlops.registry.evidence import (
    compare_with_champion,
    describe_duel,
    duel_table,
    load_promotion,
    make_gates,
    save_evidence,
    save_promotion,
)
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


def test_without_a_champion_there_is_no_duel(tmp_path, challenger):
    duel = fought(tmp_path, challenger)
    assert duel is None
    assert describe_duel(duel) == "There is no champion yet to compare with."
    assert duel_table(duel).empty


def test_a_model_is_no_better_than_itself(trained, tmp_path, challenger):
    crowned(trained, tmp_path)
    duel = fought(tmp_path, challenger)
    assert duel.verdict == "no evidence"
    assert describe_duel(duel).startswith("no evidence: ")
    assert (duel_table(duel)["difference"] == 0).all()


def test_a_champion_that_reads_other_columns_cannot_be_compared_with(trained, tmp_path, challenger):
    signature = crowned(trained, tmp_path) / "signature.json"
    signature.write_text(signature.read_text().replace('"spend"', '"income"'))
    assert fought(tmp_path, challenger) is None


def test_the_champion_of_another_dataset_is_none_of_this(trained, tmp_path, challenger):
    crowned(trained, tmp_path)
    predictor, p, test = challenger
    others = replace(PEOPLE, dataset=replace(PEOPLE.dataset, name="others"))
    assert compare_with_champion(tmp_path, others, predictor, p, test, 20, 0) is None


@pytest.mark.parametrize(("newest", "known"), [("2024-05-31", True), ("2024-06-02", False), (None, False)])
def test_as_of_a_day_a_champion_that_has_learned_from_later_days_is_not_known(
    trained, tmp_path, challenger, newest, known
):
    made = crowned(trained, tmp_path)
    write_json(made / "data_version.json", read_json(made / "data_version.json") | {"newest": newest})
    predictor, p, test = challenger
    duel = compare_with_champion(tmp_path, replace(PEOPLE, as_of="2024-06-01"), predictor, p, test, 20, 0)
    assert (duel is not None) is known


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


@pytest.mark.parametrize("champion", [False, True])
def test_the_evidence_is_kept_as_it_was(trained, tmp_path, challenger, measured, champion):
    if champion:
        crowned(trained, tmp_path)
    duel = fought(tmp_path, challenger)
    gates, slices = make_gates(measured, duel, **FAIR), pd.DataFrame({"slice": ["plan = plus"]})
    save_evidence(tmp_path, measured, gates, duel, slices)
    assert json.loads((tmp_path / "evaluation.json").read_text()) == measured.model
    loaded = load_gates(tmp_path)
    assert [(gate.name, gate.passed, gate.message) for gate in loaded] == [
        (gate.name, gate.passed, gate.message) for gate in gates
    ]
    np.testing.assert_array_equal([gate.value for gate in loaded], [gate.value for gate in gates])
    told = json.loads((tmp_path / "comparison.json").read_text())
    assert (told is None) is not champion
    if champion:
        assert {"roc_auc_difference", "roc_auc_difference_low", "profit_difference_high"} <= set(told["metrics"])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "slices.parquet"), slices)


def test_the_decision_is_kept_as_it_was(tmp_path):
    save_promotion(tmp_path, Promotion(True, "All gates passed.", None, 0))
    assert load_promotion(tmp_path) == {
        "promoted": True,
        "reason": "All gates passed.",
        "champion_before": None,
        "expected_generation": 0,
    }
